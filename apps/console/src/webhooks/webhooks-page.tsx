import { getRouteApi, Link } from '@tanstack/react-router';
import { ListStates } from '../lists/list-states.tsx';
import { rowsOf } from '../lists/paged-list.ts';
import { NumberCell, Table } from '../lists/table.tsx';
import { may } from '../session/may.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Failure } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { Url } from '../text/url.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { BusyWorkflows } from './busy-workflows.tsx';
import { usePublishedWebhooks, useWebhookDrafts } from './use-webhooks.ts';
import { WebhookBadges } from './webhook-badges.tsx';
import { webhookRows } from './webhook-search.ts';
import { WorkflowChooser } from './workflow-chooser.tsx';

const route = getRouteApi('/signed-in/webhooks');
const { columns } = texts.webhooks;

/** The webhooks of a workflow. */
export function WebhooksPage() {
  const { workflow } = route.useSearch();
  const navigate = route.useNavigate();
  const { session } = useSignedIn();
  return (
    <Page
      title={texts.webhooks.title}
      actions={
        may(session, 'write') && (
          <Link
            className="button button-small button-primary"
            to="/webhooks/edit"
            search={workflow === undefined ? {} : { workflow }}
          >
            {texts.webhooks.create}
          </Link>
        )
      }
    >
      <WorkflowChooser
        workflow={workflow}
        onChoose={(chosen) => void navigate({ search: { workflow: chosen } })}
      />
      {workflow === undefined ? <BusyWorkflows /> : <List workflow={workflow} />}
    </Page>
  );
}

function List({ workflow }: { workflow: string }) {
  const published = usePublishedWebhooks(workflow);
  const drafts = useWebhookDrafts(workflow);
  const rows = webhookRows(rowsOf(published), rowsOf(drafts));
  useShortcuts({ r: () => void Promise.all([published.refetch(), drafts.refetch()]) });
  return (
    <>
      {drafts.isError && <Failure error={drafts.error} onRetry={() => void drafts.refetch()} />}
      <ListStates
        list={published}
        rows={rows.length}
        empty={
          <>
            <h2>{texts.webhooks.empty}</h2>
            <p className="muted">{texts.webhooks.emptyHint}</p>
          </>
        }
      >
        <Table
          label={texts.webhooks.title}
          columns={[
            { label: columns.url },
            { label: columns.id, isWide: true },
            { label: columns.state },
            { label: columns.version, isNumber: true },
            { label: columns.changed },
          ]}
        >
          {rows.map((row) => (
            <tr key={row.id}>
              <td className="foreign">
                <Link
                  to="/webhooks/$workflowId/$actionId"
                  params={{ workflowId: workflow, actionId: row.id }}
                >
                  <Url method={row.method} url={row.url} />
                </Link>
              </td>
              <td className="table-wide mono foreign">{row.external_id ?? row.id}</td>
              <td>
                <WebhookBadges row={row} />
              </td>
              <NumberCell label={columns.version}>{row.version ?? '–'}</NumberCell>
              <td>
                <TimeAgo at={row.updated_at} />
              </td>
            </tr>
          ))}
        </Table>
      </ListStates>
    </>
  );
}

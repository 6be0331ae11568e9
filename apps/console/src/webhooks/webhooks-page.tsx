import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { ListStates } from '../lists/list-states.tsx';
import { rowsOf } from '../lists/paged-list.ts';
import { NumberCell, Table } from '../lists/table.tsx';
import { Failure } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { usePublishedWebhooks, useWebhookDrafts } from './use-webhooks.ts';
import { WebhookBadges } from './webhook-badges.tsx';
import { readWebhookListSearch, webhookRows } from './webhook-search.ts';

const route = getRouteApi('/signed-in/webhooks');
const { columns } = texts.webhooks;

/** The webhooks of a workflow. */
export function WebhooksPage() {
  const { workflow } = route.useSearch();
  const navigate = route.useNavigate();
  const field = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => field.current?.focus() });
  return (
    <Page title={texts.webhooks.title}>
      <form
        className="list-filter"
        role="search"
        key={workflow}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          void navigate({ search: readWebhookListSearch(Object.fromEntries(form)) });
        }}
      >
        <label className="field">
          <span>{texts.webhooks.workflow}</span>
          <input className="input mono" name="workflow" defaultValue={workflow} required ref={field} />
        </label>
        <div>
          <button className="button button-primary" type="submit">
            {texts.webhooks.show}
          </button>
        </div>
      </form>
      {workflow === undefined ? (
        <div className="list-empty">
          <h2>{texts.webhooks.choose}</h2>
          <p className="muted">{texts.webhooks.chooseHint}</p>
        </div>
      ) : (
        <List workflow={workflow} />
      )}
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
                  <span className="mono">{row.method}</span> {row.url}
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

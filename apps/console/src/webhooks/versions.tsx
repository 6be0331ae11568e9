import { getRouteApi, Link } from '@tanstack/react-router';
import { ListStates } from '../lists/list-states.tsx';
import { rowsOf } from '../lists/paged-list.ts';
import { Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { Badge } from '../shell/badge.tsx';
import { Url } from '../text/url.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { useVersions, useWebhookActions, type Webhook } from './use-webhooks.ts';

const route = getRouteApi('/signed-in/webhooks/$workflowId/$actionId');
const { versions: words, actions } = texts.webhooks;

/** The published versions, newest first. */
export function Versions({ published, hasDraft }: { published: Webhook | null; hasDraft: boolean }) {
  const key = route.useParams();
  const list = useVersions(key);
  const rows = rowsOf(list);
  return (
    <section className="section">
      <h2>{words.title}</h2>
      <ListStates list={list} rows={rows.length} empty={<p className="muted">{words.none}</p>}>
        <Table
          label={words.title}
          columns={[
            { label: words.version },
            { label: words.published },
            { label: words.calls, isWide: true },
            { label: words.actions, isEnd: true },
          ]}
        >
          {rows.map(({ version, published_at, method, url }) => (
            <tr key={version}>
              <td data-label={words.version}>
                {version}{' '}
                {version === published?.version && (
                  <Badge tone="ok" icon="check">
                    {words.current}
                  </Badge>
                )}
              </td>
              <td>
                <TimeAgo at={published_at} />
              </td>
              <td className="table-wide">
                <Url method={method} url={url} />
              </td>
              <td>
                <Actions
                  version={version}
                  hasDraft={hasDraft}
                  isCurrent={version === published?.version}
                  isOnly={rows.length === 1}
                />
              </td>
            </tr>
          ))}
        </Table>
      </ListStates>
    </section>
  );
}

interface ActionsProps {
  version: number;
  hasDraft: boolean;
  isCurrent: boolean;
  /** Whether there is no other version to compare this version with. */
  isOnly: boolean;
}

function Actions({ version, hasDraft, isCurrent, isOnly }: ActionsProps) {
  const key = route.useParams();
  const act = useWebhookActions(key);
  const { session } = useSignedIn();
  return (
    <div className="table-actions">
      {!isCurrent && (
        <Link
          className="button button-small"
          to="/webhooks/$workflowId/$actionId"
          params={key}
          search={{ version }}
        >
          {words.show}
        </Link>
      )}
      {!isOnly && (
        <Link
          className="button button-small"
          to="/webhooks/$workflowId/$actionId"
          params={key}
          search={{ compare: version, with: isCurrent && hasDraft ? 'draft' : 'published' }}
        >
          {words.compare}
        </Link>
      )}
      {!isCurrent && may(session, 'write') && (
        <>
          <ActionButton
            label={actions.restore.label}
            confirm={{
              ...actions.restore,
              text: hasDraft ? actions.restore.replaces : actions.restore.text,
            }}
            run={() => act.restore(version)}
          />
          <ActionButton
            label={actions.republish.label}
            confirm={actions.republish}
            run={() => act.republish(version)}
          />
        </>
      )}
    </div>
  );
}

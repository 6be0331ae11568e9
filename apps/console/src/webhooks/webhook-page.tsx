import { getRouteApi, Link } from '@tanstack/react-router';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { BackLink } from '../shell/back-link.tsx';
import { Failure } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { Url } from '../text/url.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { Comparison } from './comparison.tsx';
import { Definition, VersionDefinition } from './definition.tsx';
import { Duplicate } from './duplicate.tsx';
import { useWebhook, useWebhookActions, type Webhook, type WebhookState } from './use-webhooks.ts';
import { Versions } from './versions.tsx';
import { WebhookBadges } from './webhook-badges.tsx';
import '../lists/lists.css';

const route = getRouteApi('/signed-in/webhooks/$workflowId/$actionId');
const { actions, draft: draftWords } = texts.webhooks;

/** One webhook: its definition, its draft, and its versions with the changes between them. */
export function WebhookPage() {
  const key = route.useParams();
  const { version, compare, with: other = 'published' } = route.useSearch();
  const webhook = useWebhook(key);
  useShortcuts({ r: () => void webhook.refetch() });
  return (
    <Page
      title={texts.webhooks.named(key.actionId, key.workflowId)}
      back={
        <BackLink to="/webhooks" search={{ workflow: key.workflowId }}>
          {texts.nav.webhooks}
        </BackLink>
      }
      actions={
        <>
          <Link className="button button-small" to="/executions" search={{ action_id: key.actionId }}>
            {texts.webhooks.executions}
          </Link>
          {webhook.data && <Changing published={webhook.data.published} />}
        </>
      }
    >
      {webhook.isPending && <p role="status">{texts.states.loading}</p>}
      {webhook.isError && <Failure error={webhook.error} onRetry={() => void webhook.refetch()} />}
      {webhook.data && (
        <>
          <Draft state={webhook.data} />
          {compare !== undefined && (
            <Comparison version={compare} other={other} hasDraft={webhook.data.draft !== null} />
          )}
          <Versions published={webhook.data.published} hasDraft={webhook.data.draft !== null} />
          {version !== undefined && <VersionDefinition version={version} />}
          {version === undefined && webhook.data.published && <Definition webhook={webhook.data.published} />}
        </>
      )}
    </Page>
  );
}

function Changing({ published }: Pick<WebhookState, 'published'>) {
  const { workflowId, actionId } = route.useParams();
  const { session } = useSignedIn();
  if (!may(session, 'write')) return null;
  return (
    <>
      <Link
        className="button button-small"
        to="/webhooks/edit"
        search={{ workflow: workflowId, id: actionId }}
      >
        {texts.webhooks.edit}
      </Link>
      {published && <Duplicate />}
      {published && <Pausing published={published} />}
    </>
  );
}

function Pausing({ published }: { published: Webhook }) {
  const act = useWebhookActions(route.useParams());
  const action = published.paused ? 'resume' : 'pause';
  const { label, ...confirm } = actions[action];
  return <ActionButton label={label} confirm={confirm} run={() => act[action]()} />;
}

function Draft({ state: { published, draft } }: { state: WebhookState }) {
  const key = route.useParams();
  const act = useWebhookActions(key);
  const { session } = useSignedIn();
  return (
    <section className="section">
      <WebhookBadges
        row={{
          version: published?.version ?? null,
          enabled: published?.enabled ?? false,
          paused: published?.paused ?? false,
          hasDraft: draft !== null,
        }}
      />
      {draft && (
        <div className="notice notice-warn">
          <p>
            {draftWords.changed} <TimeAgo at={draft.updated_at} />:{' '}
            <Url method={draft.method} url={draft.url} />
          </p>
          <div className="page-actions">
            {published && (
              <Link
                className="button button-small"
                to="/webhooks/$workflowId/$actionId"
                params={key}
                search={{ compare: published.version, with: 'draft' }}
              >
                {draftWords.compare}
              </Link>
            )}
            {may(session, 'write') && (
              <>
                <ActionButton
                  label={actions.publish.label}
                  confirm={actions.publish}
                  tone="primary"
                  run={() => act.publish()}
                />
                <ActionButton
                  label={actions.discard.label}
                  confirm={actions.discard}
                  tone="danger"
                  run={() => act.discard()}
                />
              </>
            )}
          </div>
        </div>
      )}
    </section>
  );
}

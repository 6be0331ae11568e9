import type { WebhookForm } from '@hookline/webhook-form';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { BackLink } from '../shell/back-link.tsx';
import { Failure } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { texts } from '../texts.ts';
import { consoleFormClient } from './form-client.ts';
import { FormElement, type SavedWebhook } from './form-element.tsx';
import { LeaveGuard } from './leave-guard.tsx';
import { useLastExecution } from './use-last-execution.ts';
import { invalidateWebhook, orNull, useWebhookActions } from './use-webhooks.ts';
import { WorkflowChooser } from './workflow-chooser.tsx';

const route = getRouteApi('/signed-in/webhooks/edit');
const { form: words, actions } = texts.webhooks;

/** The form of a webhook, new or existing. */
export function EditPage() {
  const { workflow, id = null } = route.useSearch();
  const { session } = useSignedIn();
  const navigate = route.useNavigate();
  // Id of a webhook that was created with this form. The id is added to the address without replacing the form.
  const [created, setCreated] = useState<string | null>(null);
  const forgetCreated = useCallback(() => setCreated(null), []);
  const title = id === null ? texts.webhooks.create : texts.webhooks.editing;
  if (!may(session, 'write')) {
    return (
      <Page title={title} back={<Back workflow={workflow} />}>
        <p className="notice notice-warn">{words.mayNot}</p>
      </Page>
    );
  }
  if (workflow === undefined) {
    return (
      <Page title={title} back={<Back workflow={workflow} />}>
        <WorkflowChooser onChoose={(chosen) => void navigate({ search: { workflow: chosen } })} />
      </Page>
    );
  }
  return (
    <Editor
      key={JSON.stringify([workflow, id === created ? null : id])}
      title={title}
      workflowId={workflow}
      openedId={id === created ? null : id}
      actionId={id}
      onCreated={(newId) => {
        setCreated(newId);
        void navigate({ search: { workflow, id: newId }, replace: true });
      }}
      onGone={forgetCreated}
    />
  );
}

function Back({ workflow }: { workflow: string | undefined }) {
  return (
    <BackLink to="/webhooks" search={workflow === undefined ? {} : { workflow }}>
      {texts.nav.webhooks}
    </BackLink>
  );
}

interface EditorProps {
  title: string;
  workflowId: string;
  /** Id of the webhook with which the form was opened; null for a new webhook. */
  openedId: string | null;
  /** `openedId` or, after the first save of a new webhook, its id. */
  actionId: string | null;
  onCreated: (actionId: string) => void;
  /**
   * Called when the form is removed from the page, so that the webhook is loaded when the same address is opened again.
   */
  onGone: () => void;
}

function Editor({ title, workflowId, openedId, actionId, onCreated, onGone }: EditorProps) {
  useEffect(() => onGone, [onGone]);
  const { api, accountId, named } = useSignedIn();
  const queries = useQueryClient();
  const [client] = useState(() => consoleFormClient({ api, named, workflowId, actionId: openedId }));
  const [form, setForm] = useState<WebhookForm | null>(null);
  const [stored, setStored] = useState<SavedWebhook | null>(null);
  const hasDraft = stored !== null && stored.version === undefined;
  const { failure, load, tryLoad } = useLoading(form, openedId, setStored);
  const last = useLastExecution(openedId);
  return (
    <Page
      title={title}
      back={<Back workflow={workflowId} />}
      actions={
        <>
          {actionId !== null && (
            <Link
              className="button button-small"
              to="/webhooks/$workflowId/$actionId"
              params={{ workflowId, actionId }}
            >
              {words.open}
            </Link>
          )}
          {actionId !== null && hasDraft && (
            <Discard workflowId={workflowId} actionId={actionId} form={form} onDiscarded={load} />
          )}
        </>
      }
    >
      {hasDraft && stored.published_version === null && (
        <p className="notice" role="status">
          {words.saved}
        </p>
      )}
      {failure !== null && <Failure error={failure} onRetry={() => void tryLoad()} />}
      <div hidden={failure !== null}>
        <FormElement
          client={client}
          last={last}
          onElement={setForm}
          onSaved={({ webhook }) => {
            setStored(webhook);
            void invalidateWebhook(queries, accountId, { workflowId, actionId: webhook.id });
            if (actionId === null) onCreated(webhook.id);
          }}
        />
      </div>
      <LeaveGuard form={form} />
    </Page>
  );
}

/** Loads the webhook into the form when the form is opened, and whenever `load` or `tryLoad` is called. */
function useLoading(
  form: WebhookForm | null,
  openedId: string | null,
  onLoaded: (webhook: SavedWebhook | null) => void,
) {
  const [failure, setFailure] = useState<unknown>(null);
  /** @throws HooklineError if the webhook cannot be read; 404 if it has neither a draft nor a published version */
  const load = async (): Promise<SavedWebhook | null> => {
    const webhook = (await form?.loadWebhook()) ?? null;
    onLoaded(webhook);
    return webhook;
  };
  const tryLoad = async (): Promise<void> => {
    try {
      await load();
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  };
  useEffect(() => {
    if (form && openedId !== null) void tryLoad();
    // The form is filled only once, so that no input is overwritten.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [form, openedId]);
  return { failure, load, tryLoad };
}

interface DiscardProps {
  workflowId: string;
  actionId: string;
  form: WebhookForm | null;
  /** Loads the webhook that is stored now. */
  onDiscarded: () => Promise<SavedWebhook | null>;
}

/** Deletes the draft, and then shows the published webhook or, if there is none, the list. */
function Discard({ workflowId, actionId, form, onDiscarded }: DiscardProps) {
  const navigate = route.useNavigate();
  const act = useWebhookActions({ workflowId, actionId });
  const discard = async (): Promise<void> => {
    // The draft is already gone if an earlier call discarded it but could not load the webhook afterwards.
    await orNull(act.discard());
    if (await orNull(onDiscarded())) return;
    // Nothing is published, so the webhook is gone.
    form?.remove();
    await navigate({ to: '/webhooks', search: { workflow: workflowId } });
  };
  return <ActionButton label={words.discard} confirm={actions.discard} tone="danger" run={discard} />;
}

import type { WebhookForm } from '@hookline/webhook-form';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { Failure } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { texts } from '../texts.ts';
import { ConsoleFormClient } from './form-client.ts';
import { FormElement } from './form-element.tsx';
import { LeaveGuard } from './leave-guard.tsx';
import { useLastExecution } from './use-last-execution.ts';
import { invalidateWebhook, useWebhookActions } from './use-webhooks.ts';
import { WorkflowChooser } from './workflow-chooser.tsx';

const route = getRouteApi('/signed-in/webhooks/edit');
const { form: words, actions } = texts.webhooks;

/** The form of a webhook, new or existing. */
export function EditPage() {
  const { workflow, id = null } = route.useSearch();
  const { session } = useSignedIn();
  const navigate = route.useNavigate();
  // Saved for the first time here: the address gets its id, and the form stays as it is.
  const [created, setCreated] = useState<string | null>(null);
  const title = id === null ? texts.webhooks.create : texts.webhooks.editing;
  if (!may(session, 'write')) {
    return (
      <Page title={title}>
        <p className="notice notice-warn">{words.mayNot}</p>
      </Page>
    );
  }
  if (workflow === undefined) {
    return (
      <Page title={title}>
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
    />
  );
}

interface EditorProps {
  title: string;
  workflowId: string;
  /** Webhook that the form was opened with; null for a new one. */
  openedId: string | null;
  /** Also that of a webhook that was created since. */
  actionId: string | null;
  onCreated: (actionId: string) => void;
}

function Editor({ title, workflowId, openedId, actionId, onCreated }: EditorProps) {
  const { api, accountId, named } = useSignedIn();
  const queries = useQueryClient();
  const [client] = useState(() => new ConsoleFormClient({ api, named, workflowId, actionId: openedId }));
  const [form, setForm] = useState<WebhookForm | null>(null);
  const [hasDraft, setHasDraft] = useState(false);
  const { failure, load } = useLoading(form, openedId, setHasDraft);
  const last = useLastExecution(openedId);
  return (
    <Page
      title={title}
      actions={
        <>
          {actionId === null ? (
            <Link className="button button-small" to="/webhooks" search={{ workflow: workflowId }}>
              {texts.webhooks.back}
            </Link>
          ) : (
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
      {openedId === null && actionId !== null && hasDraft && (
        <p className="notice" role="status">
          {words.saved}
        </p>
      )}
      {failure !== null && <Failure error={failure} onRetry={() => void load()} />}
      <div hidden={failure !== null}>
        <FormElement
          client={client}
          last={last}
          onElement={setForm}
          onSaved={({ webhook, isPublished }) => {
            setHasDraft(!isPublished);
            void invalidateWebhook(queries, accountId, { workflowId, actionId: webhook.id });
            if (actionId === null) onCreated(webhook.id);
          }}
        />
      </div>
      <LeaveGuard form={form} />
    </Page>
  );
}

/** Loads the webhook into the form. */
function useLoading(
  form: WebhookForm | null,
  actionId: string | null,
  onLoaded: (hasDraft: boolean) => void,
) {
  const [failure, setFailure] = useState<unknown>(null);
  const load = async (): Promise<void> => {
    if (!form || actionId === null) return;
    try {
      const webhook = await form.loadWebhook();
      setFailure(null);
      // Only a published webhook has a version.
      onLoaded(webhook !== null && webhook.version === undefined);
    } catch (error) {
      setFailure(error);
    }
  };
  useEffect(() => {
    void load();
    // The form is filled once; what is entered then must stay.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [form, actionId]);
  return { failure, load };
}

interface DiscardProps {
  workflowId: string;
  actionId: string;
  form: WebhookForm | null;
  onDiscarded: () => Promise<void>;
}

/** Deletes the draft. What is published is shown then; without that, the list. */
function Discard({ workflowId, actionId, form, onDiscarded }: DiscardProps) {
  const navigate = route.useNavigate();
  const act = useWebhookActions({ workflowId, actionId });
  const discard = async (): Promise<void> => {
    await act.discard();
    try {
      await form?.loadWebhook();
      await onDiscarded();
    } catch {
      // Nothing is published, so the webhook is gone.
      form?.remove();
      await navigate({ to: '/webhooks', search: { workflow: workflowId } });
    }
  };
  return <ActionButton label={words.discard} confirm={actions.discard} tone="danger" run={discard} />;
}

import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { textOf } from '../shell/form-text.ts';
import { Refusal } from '../shell/refusal.tsx';
import { useOnce } from '../shell/use-once.ts';
import { useFormSubmit } from '../shell/use-submit.ts';
import { texts } from '../texts.ts';
import { invalidateWebhook } from './use-webhooks.ts';

/** Loaded when the dialog is first opened. */
const Dialog = lazy(() => import('../shell/dialog.tsx'));

const route = getRouteApi('/signed-in/webhooks/$workflowId/$actionId');
const { duplicate: words } = texts.webhooks;

/**
 * Button that copies the published webhook and opens the copy. The API also copies the secrets, which no page can read.
 */
export function Duplicate() {
  const [isOpen, setOpen] = useState(false);
  const close = (): void => setOpen(false);
  return (
    <>
      <button className="button button-small" type="button" onClick={() => setOpen(true)}>
        {words.label}
      </button>
      {isOpen && (
        <Suspense>
          <Dialog title={words.title} onClose={close}>
            <DuplicateForm onClose={close} />
          </Dialog>
        </Suspense>
      )}
    </>
  );
}

function DuplicateForm({ onClose }: { onClose: () => void }) {
  const { workflowId, actionId } = route.useParams();
  const { api, accountId, named } = useSignedIn();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const [once, renewOnce] = useOnce();
  const { state, problem, onSubmit } = useFormSubmit(async (fields) => {
    const params = {
      path: { workflow_id: workflowId, action_id: actionId },
      query: named,
      ...once,
    };
    const { data } = await api.POST('/api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/copy', {
      params,
      body: { workflow_id: textOf(fields, 'workflow') },
    });
    const copy = { workflowId: data.workflow_id, actionId: data.id };
    await invalidateWebhook(queries, accountId, copy);
    onClose();
    await navigate({ to: '/webhooks/$workflowId/$actionId', params: copy });
  });
  return (
    <form className="section" onChange={renewOnce} onSubmit={onSubmit}>
      <p>{words.text}</p>
      <label className="field">
        <span>{words.workflow}</span>
        <input className="input mono" name="workflow" required maxLength={200} defaultValue={workflowId} />
      </label>
      <Refusal text={problem} />
      <div className="dialog-buttons">
        <button className="button button-primary" type="submit" disabled={state !== 'idle'}>
          {state === 'idle' ? words.submit : texts.actions.busy}
        </button>
        <button className="button button-quiet" type="button" onClick={onClose}>
          {texts.actions.cancel}
        </button>
      </div>
    </form>
  );
}

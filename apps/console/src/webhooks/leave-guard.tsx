import type { WebhookForm } from '@hookline/webhook-form';
import { useBlocker } from '@tanstack/react-router';
import Dialog from '../shell/dialog.tsx';
import { texts } from '../texts.ts';
import { readEditSearch } from './webhook-search.ts';

const words = texts.webhooks.form.leave;

interface Place {
  pathname: string;
  search: object;
}

/**
 * Returns whether `next` is another page or the form of another webhook.
 * @param savedId id of the webhook in the form; adding this id to the address of a new webhook does not leave the form
 */
function isElsewhere(current: Place, next: Place, savedId: string | null): boolean {
  const from = readEditSearch({ ...current.search });
  const to = readEditSearch({ ...next.search });
  if (current.pathname !== next.pathname || from.workflow !== to.workflow) return true;
  return from.id !== to.id && (from.id !== undefined || to.id !== savedId);
}

/**
 * Requests confirmation before the user leaves a form with unsaved changes. The browser itself does this before it
 * closes or reloads the page.
 */
export function LeaveGuard({ form }: { form: WebhookForm | null }) {
  const isUnsaved = (): boolean => form !== null && form.isConnected && form.isChanged;
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isElsewhere(current, next, form?.actionId ?? null) && isUnsaved(),
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Dialog title={words.title} onClose={blocker.reset}>
      <p>{words.text}</p>
      <div className="dialog-buttons">
        <button className="button button-danger" type="button" onClick={blocker.proceed}>
          {words.leave}
        </button>
        <button className="button button-quiet" type="button" onClick={blocker.reset}>
          {words.stay}
        </button>
      </div>
    </Dialog>
  );
}

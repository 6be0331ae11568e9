import type { WebhookForm } from '@hookline/webhook-form';
import { useBlocker } from '@tanstack/react-router';
import Dialog from '../shell/dialog.tsx';
import { texts } from '../texts.ts';

const words = texts.webhooks.form.leave;

/** Asks before a page is left on which something is not saved; the browser asks before it closes or reloads the page. */
export function LeaveGuard({ form }: { form: WebhookForm | null }) {
  const isUnsaved = (): boolean => form !== null && form.isConnected && form.isChanged;
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && isUnsaved(),
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Dialog title={words.title} onClose={blocker.reset}>
      <p>{words.text}</p>
      <div className="action-buttons">
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

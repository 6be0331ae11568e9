import type { WebhookForm } from '@hookline/webhook-form';
import { useBlocker } from '@tanstack/react-router';
import Dialog from '../shell/dialog.tsx';
import { texts } from '../texts.ts';
import type { EditSearch } from './webhook-search.ts';

const words = texts.webhooks.form.leave;

interface Place {
  pathname: string;
  search: object;
}

/** The address of a new webhook gets its id once it is saved; that is the same place. */
function isElsewhere(current: Place, next: Place): boolean {
  if (current.pathname !== next.pathname) return true;
  const { id } = current.search as EditSearch;
  return id !== undefined && id !== (next.search as EditSearch).id;
}

/** Asks before a page is left on which something is not saved; the browser asks before it closes or reloads the page. */
export function LeaveGuard({ form }: { form: WebhookForm | null }) {
  const isUnsaved = (): boolean => form !== null && form.isConnected && form.isChanged;
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isElsewhere(current, next) && isUnsaved(),
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

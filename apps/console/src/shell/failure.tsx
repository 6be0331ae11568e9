import { HooklineError } from '@hookline/client/hookline-error';
import { messageOf } from '../api/message-of.ts';
import { texts } from '../texts.ts';

/** Shows why data could not be loaded, with a button to try again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const isForbidden = error instanceof HooklineError && error.status === 403;
  return (
    <div className="notice notice-bad" role="alert">
      <h2>{isForbidden ? texts.states.forbidden : texts.states.failed}</h2>
      <p className="foreign">{messageOf(error)}</p>
      {onRetry && (
        <p>
          <button className="button button-small" type="button" onClick={onRetry}>
            {texts.states.retry}
          </button>
        </p>
      )}
    </div>
  );
}

import { HooklineError } from '@hookline/client/hookline-error';
import { isWorthRepeating } from '../api/is-worth-repeating.ts';
import { messageOf } from '../api/message-of.ts';
import { texts } from '../texts.ts';

interface FailureProps {
  error: unknown;
  onRetry?: () => void;
  /** Whether to offer `onRetry`; by default only if the same request may succeed later. */
  mayRetry?: boolean;
  /** Clears the filter that the API refused. */
  onClear?: (() => void) | undefined;
}

/** Shows why data could not be loaded, with a button that retries or clears the filter. */
export function Failure({ error, onRetry, mayRetry = isWorthRepeating(error), onClear }: FailureProps) {
  const isForbidden = error instanceof HooklineError && error.status === 403;
  return (
    <div className="notice notice-bad" role="alert">
      <h2>{isForbidden ? texts.states.forbidden : texts.states.failed}</h2>
      <p className="foreign">{messageOf(error)}</p>
      {onRetry && mayRetry && <Help label={texts.states.retry} onHelp={onRetry} />}
      {onClear && !mayRetry && <Help label={texts.lists.clear} onHelp={onClear} />}
    </div>
  );
}

function Help({ label, onHelp }: { label: string; onHelp: () => void }) {
  return (
    <p>
      <button className="button button-small" type="button" onClick={onHelp}>
        {label}
      </button>
    </p>
  );
}

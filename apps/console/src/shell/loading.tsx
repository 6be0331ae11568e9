import { texts } from '../texts.ts';
import './loading.css';

/** Placeholder for data that is being loaded: a text, and lines of about the same shape. */
export function Loading({ text = texts.states.loading }: { text?: string }) {
  return (
    <div className="loading">
      <p role="status" className="muted">
        {text}
      </p>
      <div className="loading-lines" aria-hidden />
    </div>
  );
}

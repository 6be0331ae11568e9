import { texts } from '../texts.ts';
import './loading.css';

/** Placeholder for data that is being loaded: a text, and bars of about the same shape as the data. */
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

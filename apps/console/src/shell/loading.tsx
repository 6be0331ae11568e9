import { texts } from '../texts.ts';
import './loading.css';

/** Stands for what is being loaded: in words, and as lines of about its shape. */
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

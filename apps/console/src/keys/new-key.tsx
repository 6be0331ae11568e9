import type { components } from '@hookline/client/schema';
import { useState } from 'react';
import { texts } from '../texts.ts';

const { fresh } = texts.keys;

/** Shows a key that was just created: this once, it can be copied. */
export function NewKey({
  created,
  onDone,
}: {
  created: components['schemas']['CreatedApiKey'];
  onDone: () => void;
}) {
  const [copied, setCopied] = useState<string>(fresh.copy);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(created.key);
      setCopied(fresh.copied);
    } catch {
      // Without permission, or without TLS: the key is on the page and can be selected.
      setCopied(fresh.notCopied);
    }
  };
  return (
    <section className="notice notice-warn" aria-label={fresh.title(created.name)}>
      <h2 className="foreign">{fresh.title(created.name)}</h2>
      <p>{fresh.once}</p>
      <p className="code-block mono">{created.key}</p>
      <div className="page-actions">
        <button className="button button-small" type="button" onClick={() => void copy()} aria-live="polite">
          {copied}
        </button>
        <button className="button button-small button-quiet" type="button" onClick={onDone}>
          {fresh.done}
        </button>
      </div>
    </section>
  );
}

import type { components } from '@hookline/client/schema';
import { CopyButton } from '../text/copy-button.tsx';
import { texts } from '../texts.ts';

const { fresh } = texts.keys;

/** Shows a key that was just created; it can be copied only now. */
export function NewKey({
  created,
  onDone,
}: {
  created: components['schemas']['CreatedApiKey'];
  onDone: () => void;
}) {
  return (
    <section className="notice notice-warn" aria-label={fresh.title(created.name)}>
      <h2 className="foreign">{fresh.title(created.name)}</h2>
      <p>{fresh.once}</p>
      <p className="code-block mono">{created.key}</p>
      <div className="page-actions">
        <CopyButton label={fresh.copy} text={() => created.key} />
        <button className="button button-small button-quiet" type="button" onClick={onDone}>
          {fresh.done}
        </button>
      </div>
    </section>
  );
}

import type { components } from '@hookline/client/schema';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { textOf } from '../shell/form-text.ts';
import { Refusal } from '../shell/refusal.tsx';
import { useOnce } from '../shell/use-once.ts';
import { useFormSubmit } from '../shell/use-submit.ts';
import { texts } from '../texts.ts';
import { fromLocalField } from '../time/local-field.ts';
import './keys.css';

type CreatedApiKey = components['schemas']['CreatedApiKey'];
type Scope = CreatedApiKey['scopes'][number];
const { form: words } = texts.keys;
const SCOPES = Object.keys(words.scopes) as Scope[];

interface KeyFormProps {
  onCreated: (key: CreatedApiKey) => void;
  onCancel: () => void;
}

/** Form that creates a key. The key can have only scopes that the session has. */
export function KeyForm({ onCreated, onCancel }: KeyFormProps) {
  const { api, accountId } = useSignedIn();
  const [once, renewOnce] = useOnce();
  const { state, problem, onSubmit } = useFormSubmit(async (fields) => {
    const scopes = SCOPES.filter((scope) => fields.getAll('scope').includes(scope));
    if (scopes.length === 0) throw new Error(words.noScope);
    const body = {
      name: textOf(fields, 'name'),
      scopes,
      expires_at: fromLocalField(fields.get('expires')),
      ...(accountId !== null && { account_id: accountId }),
    };
    const { data } = await api.POST('/api/v1/api-keys', { params: once, body });
    onCreated(data);
  });

  return (
    <form className="key-form notice" aria-label={texts.keys.create} onChange={renewOnce} onSubmit={onSubmit}>
      <label className="field">
        <span>{words.name}</span>
        <input className="input" name="name" required maxLength={200} />
      </label>
      <Scopes />
      <label className="field">
        <span>{words.expires}</span>
        <input className="input" name="expires" type="datetime-local" />
      </label>
      <Refusal text={problem} />
      <div className="page-actions">
        <button className="button button-primary" type="submit" disabled={state !== 'idle'}>
          {state === 'idle' ? words.submit : texts.actions.busy}
        </button>
        <button className="button button-quiet" type="button" onClick={onCancel}>
          {texts.actions.cancel}
        </button>
      </div>
    </form>
  );
}

function Scopes() {
  const { session } = useSignedIn();
  return (
    <fieldset>
      <legend>{words.permits}</legend>
      {SCOPES.map((scope) => (
        <label key={scope}>
          <input type="checkbox" name="scope" value={scope} disabled={!may(session, scope)} />{' '}
          <span className="mono">{scope}</span> <span className="muted">{words.scopes[scope]}</span>
        </label>
      ))}
    </fieldset>
  );
}

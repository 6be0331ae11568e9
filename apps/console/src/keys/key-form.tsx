import type { components } from '@hookline/client/schema';
import { useState } from 'react';
import { messageOf } from '../api/message-of.ts';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { Refusal } from '../shell/refusal.tsx';
import { useOnce } from '../shell/use-once.ts';
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

/** Creates a key. It can have only scopes that the session has. */
export function KeyForm({ onCreated, onCancel }: KeyFormProps) {
  const { api, accountId } = useSignedIn();
  const [once, renewOnce] = useOnce();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (form: FormData): Promise<void> => {
    const name = form.get('name');
    const scopes = SCOPES.filter((scope) => form.getAll('scope').includes(scope));
    if (scopes.length === 0) return setProblem(words.noScope);
    setBusy(true);
    setProblem(null);
    try {
      const body = {
        name: typeof name === 'string' ? name.trim() : '',
        scopes,
        expires_at: fromLocalField(form.get('expires')),
        ...(accountId !== null && { account_id: accountId }),
      };
      const { data } = await api.POST('/api/v1/api-keys', { params: once, body });
      onCreated(data);
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };

  return (
    <form
      className="key-form notice"
      aria-label={texts.keys.create}
      onChange={renewOnce}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
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
        <button className="button button-primary" type="submit" disabled={isBusy}>
          {isBusy ? texts.actions.busy : words.submit}
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

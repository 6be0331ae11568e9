import { HooklineError } from '@hookline/client/hookline-error';
import { useState } from 'react';
import { type Session, signIn } from '../session/session.ts';
import { texts } from '../texts.ts';
import { ProviderLink } from './provider-link.tsx';
import './sign-in.css';

/** Exchanges an API key for a session. */
export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (form: FormData): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const key = form.get('key');
      onSignedIn(await signIn(typeof key === 'string' ? key.trim() : ''));
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form
        className="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(new FormData(event.currentTarget));
        }}
      >
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={40} height={40} />
        <h1>{texts.session.title}</h1>
        <ProviderLink />
        <label className="field">
          <span>{texts.session.key}</span>
          <input
            className="input mono"
            name="key"
            type="password"
            autoComplete="current-password"
            required
            aria-describedby="key-hint"
            aria-invalid={problem !== null}
          />
        </label>
        <p className="field-hint" id="key-hint">
          {texts.session.hint}
        </p>
        {problem !== null && (
          <p className="notice notice-bad" role="alert">
            {problem}
          </p>
        )}
        <button className="button button-primary" type="submit" disabled={isBusy}>
          {isBusy ? texts.session.signingIn : texts.session.submit}
        </button>
      </form>
    </main>
  );
}

function explain(error: unknown): string {
  if (error instanceof HooklineError && error.status === 401) return texts.session.wrong;
  return `${texts.session.failed}: ${error instanceof Error ? error.message : String(error)}`;
}

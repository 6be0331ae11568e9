import { HooklineError } from '@hookline/client/hookline-error';
import { type Session, signIn } from '../session/session.ts';
import { textOf } from '../shell/form-text.ts';
import { useFormSubmit } from '../shell/use-submit.ts';
import { texts } from '../texts.ts';
import { ProviderLink } from './provider-link.tsx';
import './sign-in.css';

/** Sign-in page, which exchanges an API key for a session. */
export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const { state, problem, onSubmit } = useFormSubmit(
    async (fields) => onSignedIn(await signIn(textOf(fields, 'key'))),
    explain,
  );
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={onSubmit}>
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
        <button className="button button-primary" type="submit" disabled={state !== 'idle'}>
          {state === 'idle' ? texts.session.submit : texts.session.signingIn}
        </button>
      </form>
    </main>
  );
}

function explain(error: unknown): string {
  if (error instanceof HooklineError && error.status === 401) return texts.session.wrong;
  return `${texts.session.failed}: ${error instanceof Error ? error.message : String(error)}`;
}

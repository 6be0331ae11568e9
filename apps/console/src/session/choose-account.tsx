import { AccountTable } from '../accounts/account-table.tsx';
import { textOf } from '../shell/form-text.ts';
import { texts } from '../texts.ts';
import { useSignedIn } from './session-context.ts';
import './sign-in.css';

/** An operator belongs to no account, and chooses the one to look into. */
export default function ChooseAccount({ onChoose }: { onChoose: (accountId: string) => void }) {
  const { signOut } = useSignedIn();
  return (
    <main className="sign-in">
      <section className="sign-in-card sign-in-wide">
        <h1>{texts.account.label}</h1>
        <p className="field-hint">{texts.account.choose}</p>
        <AccountTable onChoose={onChoose} />
        <form
          className="list-filter"
          onSubmit={(event) => {
            event.preventDefault();
            onChoose(textOf(new FormData(event.currentTarget), 'account'));
          }}
        >
          <label className="field">
            <span>{texts.accounts.byId}</span>
            <input className="input mono" name="account" required maxLength={200} />
          </label>
          <div className="page-actions">
            <button className="button" type="submit">
              {texts.account.open}
            </button>
            <button className="button button-quiet" type="button" onClick={() => signOut()}>
              {texts.session.signOut}
            </button>
          </div>
        </form>
      </section>
    </main>
  );
}

import { AccountTable } from '../accounts/account-table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { textOf } from '../shell/form-text.ts';
import { texts } from '../texts.ts';
import './sign-in.css';

interface Choice {
  onChoose: (this: void, accountId: string) => void;
}

/** Page on which the user chooses the account that the other pages show. */
export default function ChooseAccount({ onChoose }: Choice) {
  const { session, signOut } = useSignedIn();
  return (
    <main className="sign-in">
      <section className="sign-in-card sign-in-wide">
        <h1>{texts.account.label}</h1>
        <p className="field-hint">{texts.account.choose}</p>
        {session.kind === 'admin' ? <AnyAccount onChoose={onChoose} /> : <OwnAccounts onChoose={onChoose} />}
        {signOut && (
          <p>
            <button className="button button-quiet" type="button" onClick={() => signOut()}>
              {texts.session.signOut}
            </button>
          </p>
        )}
      </section>
    </main>
  );
}

/** Choice for an operator, who belongs to no account and can choose any account. */
function AnyAccount({ onChoose }: Choice) {
  return (
    <>
      <AccountTable onChoose={onChoose} />
      <form
        className="list-filter"
        onSubmit={(event) => {
          event.preventDefault();
          const accountId = textOf(new FormData(event.currentTarget), 'account');
          if (accountId !== '') onChoose(accountId);
        }}
      >
        <label className="field">
          <span>{texts.accounts.byId}</span>
          <input className="input mono" name="account" required maxLength={200} />
        </label>
        <button className="button" type="submit">
          {texts.account.open}
        </button>
      </form>
    </>
  );
}

/** Choice of the accounts to which a person has access through their groups. */
function OwnAccounts({ onChoose }: Choice) {
  const { accounts } = useSignedIn().session;
  return (
    <ul className="sign-in-accounts">
      {accounts.map(({ account_id, scopes }) => (
        <li key={account_id}>
          <button className="button" type="button" onClick={() => onChoose(account_id)}>
            <span className="mono foreign">{account_id}</span>
          </button>
          <span className="field-hint">{texts.account.scopes(scopes.join(', '))}</span>
        </li>
      ))}
    </ul>
  );
}

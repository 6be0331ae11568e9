import { textOf } from '../shell/form-text.ts';
import { texts } from '../texts.ts';
import './sign-in.css';

/** An operator belongs to no account, and names the one to look into. */
export function ChooseAccount({ onChoose }: { onChoose: (accountId: string) => void }) {
  return (
    <main className="sign-in">
      <form
        className="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          onChoose(textOf(new FormData(event.currentTarget), 'account'));
        }}
      >
        <h1>{texts.account.label}</h1>
        <p className="field-hint">{texts.account.choose}</p>
        <label className="field">
          <span>{texts.account.label}</span>
          <input className="input mono" name="account" required maxLength={200} />
        </label>
        <button className="button button-primary" type="submit">
          {texts.account.open}
        </button>
      </form>
    </main>
  );
}

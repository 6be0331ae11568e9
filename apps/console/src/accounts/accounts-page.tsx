import { useQueryClient } from '@tanstack/react-query';
import { useSignedIn } from '../session/session-context.ts';
import { textOf } from '../shell/form-text.ts';
import { Page } from '../shell/page.tsx';
import { Refusal } from '../shell/refusal.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { useOnce } from '../shell/use-once.ts';
import { useFormSubmit } from '../shell/use-submit.ts';
import { texts } from '../texts.ts';
import { ACCOUNTS_KEY, AccountTable } from './account-table.tsx';

/** All accounts, for operators. The other pages show the data of the account that is chosen here. */
export function AccountsPage() {
  const { chooseAccount, session } = useSignedIn();
  const client = useQueryClient();
  useShortcuts({ r: () => void client.invalidateQueries({ queryKey: ACCOUNTS_KEY }) });
  if (session.kind !== 'admin') {
    return (
      <Page title={texts.accounts.title}>
        <p className="notice">{texts.states.forbidden}</p>
      </Page>
    );
  }
  return (
    <Page title={texts.accounts.title}>
      <NewAccount />
      <AccountTable isLinked onChoose={(accountId) => chooseAccount(accountId, '/')} />
    </Page>
  );
}

function NewAccount() {
  const { api } = useSignedIn();
  const client = useQueryClient();
  const [once, renewOnce] = useOnce();
  const { state, problem, onSubmit } = useFormSubmit(async (fields, form) => {
    await api.POST('/api/v1/accounts', { params: once, body: { name: textOf(fields, 'name') } });
    form.reset();
    renewOnce();
    await client.invalidateQueries({ queryKey: ACCOUNTS_KEY });
  });
  return (
    <>
      <form
        className="list-filter"
        aria-label={texts.accounts.create}
        onChange={renewOnce}
        onSubmit={onSubmit}
      >
        <label className="field">
          <span>{texts.accounts.newName}</span>
          <input className="input" name="name" required maxLength={200} />
        </label>
        <div>
          <button className="button" type="submit" disabled={state === 'busy'}>
            {texts.accounts.create}
          </button>
        </div>
      </form>
      <Refusal text={problem} />
    </>
  );
}

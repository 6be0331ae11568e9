import { idempotent } from '@hookline/client';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { messageOf } from '../api/message-of.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Page } from '../shell/page.tsx';
import { Refusal } from '../shell/refusal.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { ACCOUNTS_KEY, AccountTable } from './account-table.tsx';

/** All accounts. For operators: the other pages show the chosen one. */
export function AccountsPage() {
  const { chooseAccount, session } = useSignedIn();
  const navigate = useNavigate();
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
      <AccountTable
        isLinked
        onChoose={(accountId) => {
          chooseAccount(accountId);
          void navigate({ to: '/' });
        }}
      />
    </Page>
  );
}

function NewAccount() {
  const { api } = useSignedIn();
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const create = async (form: HTMLFormElement): Promise<void> => {
    const name = new FormData(form).get('name');
    setProblem(null);
    try {
      const body = { name: typeof name === 'string' ? name.trim() : '' };
      await api.POST('/api/v1/accounts', { params: idempotent(), body });
      form.reset();
      await client.invalidateQueries({ queryKey: ACCOUNTS_KEY });
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <>
      <form
        className="list-filter"
        aria-label={texts.accounts.create}
        onSubmit={(event) => {
          event.preventDefault();
          void create(event.currentTarget);
        }}
      >
        <label className="field">
          <span>{texts.accounts.newName}</span>
          <input className="input" name="name" required maxLength={200} />
        </label>
        <div>
          <button className="button" type="submit">
            {texts.accounts.create}
          </button>
        </div>
      </form>
      <Refusal text={problem} />
    </>
  );
}

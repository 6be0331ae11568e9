import type { components } from '@hookline/client/schema';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useSignedIn } from '../session/session-context.ts';
import type { AccountSettings, NewSettings } from './settings.ts';

interface AccountWithSettings {
  account: components['schemas']['Account'];
  settings: AccountSettings;
}

/** Reads an account with its settings; only operators may do so. */
export function useAccount(id: string): UseQueryResult<AccountWithSettings> {
  const { api, session } = useSignedIn();
  return useQuery({
    queryKey: ['account', id],
    enabled: session.kind === 'admin',
    queryFn: async ({ signal }) => {
      const request = { params: { path: { id } }, signal };
      const [{ data: account }, { data: settings }] = await Promise.all([
        api.GET('/api/v1/accounts/{id}', request),
        api.GET('/api/v1/accounts/{id}/settings', request),
      ]);
      return { account, settings };
    },
  });
}

interface AccountActions {
  rename: (name: string) => Promise<void>;
  replaceSettings: (settings: NewSettings) => Promise<void>;
}

/** Returns functions that change an account and then read it again. */
export function useAccountActions(id: string): AccountActions {
  const { api } = useSignedIn();
  const client = useQueryClient();
  const params = { path: { id } };
  const changed = async (): Promise<void> => {
    await Promise.all(['account', 'accounts'].map((key) => client.invalidateQueries({ queryKey: [key] })));
  };
  return {
    rename: async (name) => {
      await api.PATCH('/api/v1/accounts/{id}', { params, body: { name } });
      await changed();
    },
    replaceSettings: async (body) => {
      await api.PUT('/api/v1/accounts/{id}/settings', { params, body });
      await changed();
    },
  };
}

import {
  Account,
  AccountParams,
  AccountSettingsView,
  CreateAccount,
  ReplaceAccountSettings,
} from '@hookline/shared/contracts/rest/accounts';
import type { Api } from '../http/api.ts';
import type { Access } from '../http/caller.ts';
import { isoTime } from '../http/iso-time.ts';
import { problems } from '../http/openapi.ts';
import { settingsView } from './account-settings.ts';
import type { Accounts } from './accounts.ts';

const tags = ['Accounts'];
const access: Access = { by: 'admin' };

export function accountRoutes(api: Api, accounts: Accounts): void {
  api.post('/accounts', {
    config: { access },
    schema: {
      tags,
      operationId: 'createAccount',
      summary: 'Create an account with its data key and default settings',
      body: CreateAccount,
      response: { 201: Account, ...problems(409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const { id, name, createdAt } = await accounts.create(request.body);
      return reply.code(201).send({ id, name, created_at: isoTime(createdAt) });
    },
  });

  api.get('/accounts/:id/settings', {
    config: { access },
    schema: {
      tags,
      operationId: 'getAccountSettings',
      summary: 'Get the limits and switches of an account',
      params: AccountParams,
      response: { 200: AccountSettingsView, ...problems(404) },
    },
    handler: async (request) => settingsView(await accounts.settings(request.params.id)),
  });

  api.put('/accounts/:id/settings', {
    config: { access },
    schema: {
      tags,
      operationId: 'replaceAccountSettings',
      summary: 'Replace the limits and switches of an account',
      params: AccountParams,
      body: ReplaceAccountSettings,
      response: { 200: AccountSettingsView, ...problems(404, 413, 415, 422) },
    },
    handler: async (request) => settingsView(await accounts.replaceSettings(request.params.id, request.body)),
  });
}

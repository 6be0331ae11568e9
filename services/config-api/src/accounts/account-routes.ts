import {
  Account,
  AccountList,
  AccountParams,
  AccountSettingsView,
  CreateAccount,
  DeletedAccount,
  DeletedAccountList,
  PatchAccount,
  ReplaceAccountSettings,
} from '@hookline/shared/contracts/rest/accounts';
import { PageQuery } from '@hookline/shared/contracts/rest/pages';
import type { Api } from '../http/api.ts';
import type { Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { cutPage, pageOf } from '../http/page.ts';
import { settingsView } from './account-settings.ts';
import { accountView } from './account-view.ts';
import { deletedAccountView } from './deleted-account.ts';
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
      const account = await accounts.create(request.body);
      return reply.code(201).send(accountView(account));
    },
  });

  listRoutes(api, accounts);
  api.get('/accounts/:id', {
    config: { access },
    schema: {
      tags,
      operationId: 'getAccount',
      summary: 'Get an account',
      params: AccountParams,
      response: { 200: Account, ...problems(404) },
    },
    handler: async (request) => accountView(await accounts.get(request.params.id)),
  });

  api.patch('/accounts/:id', {
    config: { access },
    schema: {
      tags,
      operationId: 'changeAccount',
      summary: 'Change the name of an account (RFC 7396)',
      consumes: ['application/merge-patch+json', 'application/json'],
      params: AccountParams,
      body: PatchAccount,
      response: { 200: Account, ...problems(404, 413, 415, 422) },
    },
    handler: async (request) => accountView(await accounts.modify(request.params.id, request.body)),
  });

  api.delete('/accounts/:id', {
    config: { access },
    schema: {
      tags,
      operationId: 'deleteAccount',
      summary:
        'Delete an account: its keys and configuration immediately, its history soon afterwards. Waiting executions end as not_found, and the id cannot be used again',
      params: AccountParams,
      response: { 202: DeletedAccount, ...problems(404) },
    },
    handler: async (request, reply) =>
      reply.code(202).send(deletedAccountView(await accounts.remove(request.params.id))),
  });
  settingsRoutes(api, accounts);
}

function listRoutes(api: Api, accounts: Accounts): void {
  api.get('/accounts', {
    config: { access },
    schema: {
      tags,
      operationId: 'listAccounts',
      summary: 'List the accounts, oldest first',
      querystring: PageQuery,
      response: { 200: AccountList, ...problems() },
    },
    handler: async (request) => {
      const page = pageOf(request.query);
      const { rows, next_cursor } = cutPage(await accounts.list(page), page, ({ createdAt, id }) => ({
        key: createdAt,
        id,
      }));
      return { data: rows.map(accountView), next_cursor };
    },
  });

  api.get('/deleted-accounts', {
    config: { access },
    schema: {
      tags,
      operationId: 'listDeletedAccounts',
      summary: 'List the accounts that were deleted, and when their history was removed',
      querystring: PageQuery,
      response: { 200: DeletedAccountList, ...problems() },
    },
    handler: async (request) => {
      const page = pageOf(request.query);
      const { rows, next_cursor } = cutPage(await accounts.listRemoved(page), page, ({ deletedAt, id }) => ({
        key: deletedAt,
        id,
      }));
      return { data: rows.map(deletedAccountView), next_cursor };
    },
  });
}

function settingsRoutes(api: Api, accounts: Accounts): void {
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
      description:
        'Replaces all settings: one that is omitted is reset (no limit, default quota, not suspended, no paused endpoints). To change one, get the settings and send all of them back.',
      params: AccountParams,
      body: ReplaceAccountSettings,
      response: { 200: AccountSettingsView, ...problems(404, 413, 415, 422) },
    },
    handler: async (request) => settingsView(await accounts.replaceSettings(request.params.id, request.body)),
  });
}

import {
  ApiKeyList,
  ApiKeyParams,
  ApiKeyQuery,
  CreateApiKey,
  CreatedApiKey,
} from '@hookline/shared/contracts/rest/api-keys';
import { Type } from 'typebox';
import { validate as isUuid } from 'uuid';
import type { Api } from '../http/api.ts';
import { callerOf, type Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { cutPage, pageOf } from '../http/page.ts';
import { apiKeyView } from './api-key-view.ts';
import type { ApiKeys } from './api-keys.ts';

const tags = ['API keys'];
const mayList: Access = { by: 'account or admin', scope: 'read', orScope: 'admin' };
const mayManage: Access = { by: 'account or admin', scope: 'admin' };

export function apiKeyRoutes(api: Api, apiKeys: ApiKeys): void {
  api.post('/api-keys', {
    config: { access: mayManage },
    schema: {
      tags,
      operationId: 'createApiKey',
      summary: 'Create an API key; only this response shows it',
      body: CreateApiKey,
      response: { 201: CreatedApiKey, ...problems(404, 409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const { stored, key } = await apiKeys.create(callerOf(request), request.body);
      return reply.code(201).send({ ...apiKeyView(stored), key });
    },
  });

  api.get('/api-keys', {
    config: { access: mayList },
    schema: {
      tags,
      operationId: 'listApiKeys',
      summary: 'List the API keys of an account, oldest first',
      querystring: ApiKeyQuery,
      response: { 200: ApiKeyList, ...problems(404, 422) },
    },
    handler: async (request) => {
      const { account_id, ...query } = request.query;
      const page = pageOf(query, isUuid);
      const found = await apiKeys.list(callerOf(request), account_id, page);
      const { rows, next_cursor } = cutPage(found, page, ({ createdAt, id }) => ({ key: createdAt, id }));
      return { data: rows.map(apiKeyView), next_cursor };
    },
  });

  api.delete('/api-keys/:key_id', {
    config: { access: mayManage },
    schema: {
      tags,
      operationId: 'revokeApiKey',
      summary:
        'Revoke an API key; within a second it stops working on every instance, and its waiting requests end',
      params: ApiKeyParams,
      response: { 204: Type.Null({ description: 'Revoked' }), ...problems(404) },
    },
    handler: async (request, reply) => {
      await apiKeys.revoke(callerOf(request), request.params.key_id);
      return reply.code(204).send(null);
    },
  });
}

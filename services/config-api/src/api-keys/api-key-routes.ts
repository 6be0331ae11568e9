import {
  type ApiKey,
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
import { isoTime, isoTimeOrNull } from '../http/iso-time.ts';
import type { ApiKeys } from './api-keys.ts';
import type { StoredApiKey } from './stored-api-key.ts';

const tags = ['API keys'];
const mayRead: Access = { by: 'account or admin', scope: 'read' };
const mayWrite: Access = { by: 'account or admin', scope: 'write' };

export function apiKeyRoutes(api: Api, apiKeys: ApiKeys): void {
  api.post('/api-keys', {
    config: { access: mayWrite },
    schema: {
      tags,
      operationId: 'createApiKey',
      summary: 'Create an API key; only this response shows it',
      body: CreateApiKey,
      response: { 201: CreatedApiKey, ...problems(404, 409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const { stored, key } = await apiKeys.create(callerOf(request), request.body);
      return reply.code(201).send({ ...view(stored), key });
    },
  });

  api.get('/api-keys', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'listApiKeys',
      summary: 'List the API keys of an account, oldest first',
      querystring: ApiKeyQuery,
      response: { 200: ApiKeyList, ...problems(422) },
    },
    handler: async (request) => {
      const { account_id, ...query } = request.query;
      const page = pageOf(query, isUuid);
      const found = await apiKeys.list(callerOf(request), account_id, page);
      const { rows, next_cursor } = cutPage(found, page, ({ createdAt, id }) => ({ key: createdAt, id }));
      return { data: rows.map(view), next_cursor };
    },
  });

  api.delete('/api-keys/:key_id', {
    config: { access: mayWrite },
    schema: {
      tags,
      operationId: 'revokeApiKey',
      summary: 'Revoke an API key; it stops working immediately',
      params: ApiKeyParams,
      response: { 204: Type.Null({ description: 'Revoked' }), ...problems(404) },
    },
    handler: async (request, reply) => {
      await apiKeys.revoke(callerOf(request), request.params.key_id);
      return reply.code(204).send(null);
    },
  });
}

function view({ id, accountId, name, scopes, createdAt, lastUsedAt }: StoredApiKey): ApiKey {
  return {
    id,
    account_id: accountId,
    name,
    scopes: [...scopes],
    created_at: isoTime(createdAt),
    last_used_at: isoTimeOrNull(lastUsedAt),
  };
}

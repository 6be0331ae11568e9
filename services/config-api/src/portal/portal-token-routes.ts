import { CreatedPortalToken, CreatePortalToken } from '@hookline/shared/contracts/rest/portal-tokens';
import type { Api } from '../http/api.ts';
import { accountIdOf, callerOf } from '../http/caller.ts';
import { isoTime } from '../http/iso-time.ts';
import { problems } from '../http/openapi.ts';
import type { PortalTokens } from './portal-tokens.ts';

export function portalTokenRoutes(api: Api, tokens: PortalTokens): void {
  api.post('/portal-tokens', {
    config: { access: { by: 'account', scope: 'write' } },
    schema: {
      tags: ['Portal'],
      operationId: 'createPortalToken',
      summary: 'Create a short-lived token with which a page of your product shows the portal',
      body: CreatePortalToken,
      response: { 201: CreatedPortalToken, ...problems(403, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const { token, expiresAt } = tokens.create(callerOf(request), accountIdOf(request), request.body);
      return reply.code(201).send({ token, expires_at: isoTime(expiresAt) });
    },
  });
}

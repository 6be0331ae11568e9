import { PortalSessionView } from '@hookline/shared/contracts/rest/console-sessions';
import type { Api } from '../http/api.ts';
import { bearerToken, type Identify } from '../http/authenticate.ts';
import { isoTime } from '../http/iso-time.ts';
import type { CountRequest } from '../http/limit-requests.ts';
import { problems } from '../http/openapi.ts';
import { ProblemError } from '../http/problem-error.ts';

interface PortalSessionDeps {
  identify: Identify;
  countRequest: CountRequest;
}

/** Adds the route that returns the account and scopes of a portal token (ADR 49). */
export function portalSessionRoute(app: Api, { identify, countRequest }: PortalSessionDeps): void {
  app.get('/portal/session', {
    schema: { hide: true, response: { 200: PortalSessionView, ...problems(401) } },
    handler: async (request, reply) => {
      const caller = await identify(bearerToken(request), { request, reply });
      countRequest({ request, reply, caller });
      if (caller.kind !== 'account' || !caller.isPortal || caller.endsAt === undefined) {
        throw new ProblemError(
          403,
          'forbidden',
          'The portal requires a portal token, not an API key; create one with POST /api/v1/portal-tokens',
        );
      }
      return {
        account_id: caller.accountId,
        name: caller.person?.subject ?? '',
        scopes: [...caller.scopes],
        expires_at: isoTime(caller.endsAt),
      };
    },
  });
}

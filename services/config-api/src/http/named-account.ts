import { ExternalId } from '@hookline/shared/contracts/rest/fields';
import type { FastifyInstance } from 'fastify';
import { problems } from './openapi.ts';

const accountId = ExternalId(
  'Account to act for; required with the admin key. With an API key it must be the account of that key.',
);

interface QuerySchema {
  properties?: Record<string, unknown>;
}

/**
 * Permits the administrator to name the account on every route of an account. Adds `account_id` to the schema of the
 * query, so that it is validated, and documented together with its problems. Routes read it with `accountIdOf`. Must be
 * called before routes are added.
 */
export function installNamedAccount(api: FastifyInstance): void {
  api.addHook('onRoute', (route) => {
    if (route.config?.access?.by !== 'account') return;
    const query = (route.schema?.querystring ?? { type: 'object' }) as QuerySchema;
    const properties = { ...query.properties, account_id: accountId };
    const response = { ...problems(404, 422), ...(route.schema?.response as object | undefined) };
    // Copied, because routes share schemas.
    route.schema = { ...route.schema, querystring: { ...query, properties }, response };
  });
}

import type { FastifyInstance } from 'fastify';
import type { Access } from './caller.ts';

/** Adds the required key and scopes to the description of each route. Must be called before routes are added. */
export function documentAccess(api: FastifyInstance): void {
  api.addHook('onRoute', (route) => {
    const access = route.config?.access;
    if (!access) return;
    const description = [route.schema?.description, accessText(access)].filter(Boolean).join(' ');
    route.schema = { ...route.schema, description };
  });
}

function accessText(access: Access): string {
  if (access.by === 'admin') return 'Requires the admin key.';
  const scopes = [access.scope, ...(access.orScope ? [access.orScope] : [])].map((scope) => `\`${scope}\``);
  return `Requires an API key with the scope ${scopes.join(' or ')}, or the admin key.`;
}

import { parseAllowList } from './allow-list.ts';
import { parseDenyList } from './deny-list.ts';
import { createDestinationGuard } from './destination-guard.ts';
import type { GuardConfig } from './guard-config.ts';
import type { ConnectDeps } from './guarded-connect.ts';
import { createResolver, parseDnsServers } from './resolver.ts';
import { createNetworkEnvironment } from './surroundings.ts';

/**
 * Creates the guard and the resolver from a deployment's settings.
 * @throws Error that names an entry that cannot be parsed
 */
export function createDeploymentGuard({ allowed, denied, dnsServers }: GuardConfig): ConnectDeps {
  const resolver = createResolver({ servers: parseDnsServers(dnsServers.join(',')) });
  const guard = createDestinationGuard(parseAllowList(allowed.join(',')), {
    denyList: parseDenyList(denied.join(',')),
    environment: createNetworkEnvironment({ resolver }),
  });
  return { guard, resolver };
}

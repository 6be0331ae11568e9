import { parseAllowList } from './allow-list.ts';
import { parseDenyList } from './deny-list.ts';
import { createDestinationGuard } from './destination-guard.ts';
import type { GuardConfig } from './guard-config.ts';
import type { ConnectDeps } from './guarded-connect.ts';
import { createResolver, parseDnsServers } from './resolver.ts';
import { createNetworkEnvironment } from './surroundings.ts';

/**
 * The guard and the resolver that a deployment's settings describe.
 * @throws Error that names the setting and the entry it cannot read
 */
export function createDeploymentGuard(config: GuardConfig): ConnectDeps {
  const resolver = createResolver({ servers: parseDnsServers(config.HOOKLINE_DNS_SERVERS.join(',')) });
  const guard = createDestinationGuard(parseAllowList(config.HOOKLINE_ALLOWED_DESTINATIONS.join(',')), {
    denyList: parseDenyList(config.HOOKLINE_DENIED_DESTINATIONS.join(',')),
    environment: createNetworkEnvironment({ resolver }),
  });
  return { guard, resolver };
}

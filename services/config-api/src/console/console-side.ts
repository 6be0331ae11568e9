import { fileURLToPath } from 'node:url';
import type { RatesOf } from '../accounts/account-rates.ts';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { Config } from '../config.ts';
import type { FailureLimiter } from '../http/failure-limiter.ts';
import { KnownCallers, MAX_KNOWN_KEYS } from '../http/known-callers.ts';
import type { ConsoleSide } from './console-routes.ts';
import { ConsoleSessions } from './console-sessions.ts';
import { JsonSeal, type SealSecrets } from '../sealing/json-seal.ts';
import { createGrantsOf, type GrantsOf } from './oidc/group-mapping.ts';
import { IdentityProvider } from './oidc/identity-provider.ts';
import type { OidcSide, PendingLogin } from './oidc/oidc-routes.ts';
import { SessionSeal } from './sessions/session-seal.ts';

/**
 * Build of the console in this repository; the relative path is the same from the sources and from the build of this
 * service.
 */
const BUILT = fileURLToPath(new URL('../../../../apps/console/dist', import.meta.url));
const DEFAULT_COLOUR = '#2a55cf';

interface ConsoleSideDeps {
  secrets: SealSecrets;
  apiKeys: Pick<ApiKeys, 'findCallerById'>;
  ratesOf: RatesOf;
  failures: FailureLimiter;
}

/** Builds the parts that serve the console (ADR 45). */
export function createConsoleSide(deps: ConsoleSideDeps, config: Config['console']): ConsoleSide {
  const { secrets, apiKeys } = deps;
  const { dir, environment, oidc, portalOrigins } = config;
  const seal = new SessionSeal(secrets);
  const grantsOf = createGrantsOf(oidc.groups, oidc.issuer);
  const [name = '', colour = DEFAULT_COLOUR] = environment.split(',').map((part) => part.trim());
  return {
    ratesOf: deps.ratesOf,
    seal,
    sessions: new ConsoleSessions({
      ...deps,
      seal,
      knownSessions: new KnownCallers({ maxKeys: MAX_KNOWN_KEYS }),
      findCallerById: (keyId) => apiKeys.findCallerById(keyId),
      grantsOf,
      now: Date.now,
    }),
    oidc: createOidcSide({ secrets, grantsOf }, config),
    portalOrigins,
    dir: dir === '' ? BUILT : dir,
    environment: name === '' ? null : { name, colour },
  };
}

function createOidcSide(
  { secrets, grantsOf }: { secrets: SealSecrets; grantsOf: GrantsOf },
  { url, oidc }: Config['console'],
): OidcSide | null {
  const { issuer, groups: mapping, name, sessionMinutes } = oidc;
  if (issuer === '') return null;
  const redirectUrl = `${url}/console/oidc/callback`;
  return {
    provider: new IdentityProvider({ ...oidc, redirectUrl }, { now: Date.now }),
    pendingSeal: new JsonSeal<PendingLogin>(secrets, 'hookline console sign-in'),
    isSecure: url.startsWith('https:'),
    name: name === '' ? new URL(issuer).host : name,
    issuer,
    mapping,
    grantsOf,
    sessionMs: sessionMinutes * 60_000,
  };
}

import { fileURLToPath } from 'node:url';
import type { Keyring } from '@hookline/credentials/keyring';
import type { Config } from '../config.ts';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { ConsoleSide } from './console-routes.ts';
import { ConsoleSessions } from './console-sessions.ts';
import { SessionSeal } from './session-seal.ts';

/** The build of this repository, seen from the sources and from the build of this service. */
const BUILT = fileURLToPath(new URL('../../../../apps/console/dist', import.meta.url));
const DEFAULT_COLOUR = '#2a55cf';

interface ConsoleSideDeps {
  keyring: Keyring;
  adminKey: string;
  apiKeys: Pick<ApiKeys, 'findCallerById'>;
}

/** Builds what serves the console (ADR 45). */
export function createConsoleSide(
  { keyring, adminKey, apiKeys }: ConsoleSideDeps,
  { dir, environment }: Config['console'],
): ConsoleSide {
  const seal = new SessionSeal({ keyring, adminKey });
  const [name = '', colour = DEFAULT_COLOUR] = environment.split(',').map((part) => part.trim());
  return {
    seal,
    sessions: new ConsoleSessions({
      seal,
      findCallerById: (keyId) => apiKeys.findCallerById(keyId),
      now: Date.now,
    }),
    dir: dir === '' ? BUILT : dir,
    environment: name === '' ? null : { name, colour },
  };
}

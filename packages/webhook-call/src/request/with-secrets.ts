import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { openCredential } from '../credentials/open-credential.ts';
import { SealError } from '../credentials/seal-error.ts';
import { type OpeningKeys, withOpened } from '../credentials/sealed-value.ts';
import { secretsInUse } from '../signing/secret-rotation.ts';
import type { CallSecrets, RefusedRequest } from './prepare-request.ts';

/** What of a definition is sealed, and where it belongs. */
export type SealedDefinition = Pick<WebhookDefinition, 'accountId' | 'actionId' | 'auth' | 'signing'>;

/**
 * Opens the secrets of a definition for an attempt that starts at `startedAt`. `use` gets them in clear and must
 * not keep them: the signing keys are zeroed when it has ended.
 * @returns what `use` returns; or why the request cannot be made, if a secret does not open
 */
export async function withSecrets<T>(
  definition: SealedDefinition,
  startedAt: number,
  keys: OpeningKeys,
  use: (secrets: CallSecrets) => T | Promise<T>,
): Promise<T | RefusedRequest> {
  const opened: Buffer[] = [];
  try {
    const secrets = open(definition, startedAt, keys, opened);
    return 'kind' in secrets ? secrets : await use(secrets);
  } finally {
    for (const key of opened) key.fill(0);
  }
}

/** @param opened takes the signing keys, also those opened before one that does not open */
function open(
  definition: SealedDefinition,
  startedAt: number,
  keys: OpeningKeys,
  opened: Buffer[],
): CallSecrets | RefusedRequest {
  let field = 'auth_config';
  try {
    const credential = openCredential(definition, keys);
    field = 'signing';
    if (!definition.signing) return { credential, signing: null };
    const { accountId, actionId, signing } = definition;
    for (const sealed of secretsInUse(signing, startedAt)) {
      const binding = { accountId, actionId, field: 'signing' } as const;
      opened.push(withOpened(keys, sealed, binding, (key) => Buffer.from(key)));
    }
    return { credential, signing: { keys: opened, startedAt } };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return {
      kind: 'refused',
      errorType: 'render_error',
      detail: `${field}: the secret cannot be opened: ${error.message}`,
    };
  }
}

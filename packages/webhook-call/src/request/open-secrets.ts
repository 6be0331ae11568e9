import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { openCredential } from '@hookline/credentials/open-credential';
import { SealError } from '@hookline/credentials/seal-error';
import { type OpeningKeys, withOpened } from '@hookline/credentials/sealed-value';
import { secretsInUse } from '@hookline/credentials/secret-rotation';
import type { RefusedRequest } from '../outcome/classify.ts';
import type { CallSecrets } from './prepare-request.ts';

/** The sealed fields of a definition, and the ids to which they are bound. */
export type SealedDefinition = Pick<WebhookDefinition, 'accountId' | 'actionId' | 'auth' | 'signing'>;

/**
 * Secrets of a definition in plaintext. Hold them with `using`, only while the request is built: disposing of them
 * zeroes the signing keys.
 */
export class OpenedSecrets implements CallSecrets, Disposable {
  readonly credential: CallSecrets['credential'];
  readonly signing: CallSecrets['signing'];

  constructor({ credential, signing }: CallSecrets) {
    this.credential = credential;
    this.signing = signing;
  }

  [Symbol.dispose](): void {
    if (this.signing) zero(this.signing.keys);
  }
}

/**
 * Opens the secrets of a definition for an attempt that starts at `startedAt`. Asynchronous because a
 * credential may have to be fetched.
 * @returns the secrets, or the reason why the request cannot be made
 */
export async function openSecrets(
  definition: SealedDefinition,
  startedAt: number,
  keys: OpeningKeys,
): Promise<OpenedSecrets | RefusedRequest> {
  let field = 'auth_config';
  const opened: Buffer[] = [];
  try {
    const credential = openCredential(definition, keys);
    field = 'signing';
    if (!definition.signing) return new OpenedSecrets({ credential, signing: null });
    const { accountId, actionId, signing } = definition;
    for (const sealed of secretsInUse(signing, startedAt)) {
      const binding = { accountId, actionId, field: 'signing' } as const;
      opened.push(withOpened(keys, sealed, binding, (key) => Buffer.from(key)));
    }
    return new OpenedSecrets({ credential, signing: { keys: opened, startedAt } });
  } catch (error) {
    // Includes the keys opened before the one that failed.
    zero(opened);
    if (!(error instanceof SealError)) throw error;
    return {
      kind: 'refused',
      errorType: 'render_error',
      detail: `${field}: the secret cannot be opened: ${error.message}`,
    };
  }
}

function zero(keys: readonly Buffer[]): void {
  for (const key of keys) key.fill(0);
}

import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import { openCredential } from '@hookline/credentials/open-credential';
import { SealError } from '@hookline/credentials/seal-error';
import { obstacleTo, type OpeningKeys, withOpened } from '@hookline/credentials/sealed-value';
import { secretsInUse } from '@hookline/credentials/secret-rotation';
import { credentialDestination } from '../authentication/credential-destination.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import type { CallSecrets } from './prepare-request.ts';

/** The sealed parts of a definition, their account and action, and the settings that determine their destination. */
export type SealedDefinition = Pick<
  WebhookDefinition,
  'accountId' | 'actionId' | 'auth' | 'signing' | 'sslVerify'
>;

/** The attempt that needs the secrets. */
export interface OpeningAttempt {
  /** Epoch ms. */
  startedAt: number;
  /**
   * Origin of the URL, in the form that the guard dials; null if the definition does not compile and no request is
   * made.
   */
  origin: string | null;
}

export interface SecretOpening extends OpeningKeys {
  /**
   * Receives the details about a secret that cannot be opened, for the operator; the customer is shown a neutral text.
   */
  onFailure(definition: SealedDefinition, error: SealError): void;
}

/**
 * Secrets of a definition in plaintext. Declare them with `using`, and keep them only while the request is built:
 * disposing of them zeroes the signing keys.
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
 * Opens the secrets of a definition for an attempt. Asynchronous, although nothing is awaited yet, so that it
 * could fetch credentials in future without a change to its callers.
 * @returns the secrets, or the reason why the request cannot be made if a secret can never be opened
 * @throws SealError if opening a secret may succeed later; the attempt then waits (ADR 28)
 */
export async function openSecrets(
  definition: SealedDefinition,
  attempt: OpeningAttempt,
  opening: SecretOpening,
): Promise<OpenedSecrets | RefusedRequest> {
  let field = 'auth_config';
  const opened: Buffer[] = [];
  try {
    const credential = credentialOf(definition, attempt, opening);
    field = 'signing';
    if (!definition.signing) return new OpenedSecrets({ credential, signing: null });
    const { accountId, actionId, signing } = definition;
    const { startedAt } = attempt;
    for (const sealed of secretsInUse(signing, startedAt)) {
      const binding = { accountId, actionId, field: 'signing' } as const;
      opened.push(withOpened(opening, sealed, binding, (key) => Buffer.from(key)));
    }
    return new OpenedSecrets({ credential, signing: { keys: opened, startedAt } });
  } catch (error) {
    // Zeroes the keys that were opened before the key that failed.
    zero(opened);
    if (!(error instanceof SealError)) throw error;
    opening.onFailure(definition, error);
    if (error.mayPass) throw error;
    return { kind: 'refused', errorType: 'render_error', detail: `${field}: ${reasonOf(error)}` };
  }
}

/**
 * Finds a temporary problem that prevents the secrets of a definition from being opened, without opening them.
 * @returns null if there is no such problem
 */
export function secretObstacle(
  { accountId, auth, signing }: Pick<SealedDefinition, 'accountId' | 'auth' | 'signing'>,
  keys: OpeningKeys,
): SealError | null {
  const credential = auth.sealed && obstacleTo(keys, auth.sealed, { accountId, field: 'auth' });
  if (credential) return credential;
  for (const sealed of signing?.sealedSecrets ?? []) {
    const obstacle = obstacleTo(keys, sealed, { accountId, field: 'signing' });
    if (obstacle) return obstacle;
  }
  return null;
}

function credentialOf(
  definition: SealedDefinition,
  { origin }: OpeningAttempt,
  opening: SecretOpening,
): Credential | null {
  // Without an origin, no request is built. Problems with the credential are not reported, so that the customer is
  // shown the problem of the definition.
  if (origin === null) return null;
  return openCredential(definition, credentialDestination(definition, origin), opening);
}

/** Returns the reason that the customer is shown. It does not mention keys, formats or settings. */
function reasonOf({ code, message }: SealError): string {
  if (code === 'missing') return `the secret cannot be opened: ${message}`;
  if (code === 'other_destination')
    return 'the secret cannot be opened: it is sealed for another destination; send it again';
  return 'the secret cannot be opened; send it again';
}

function zero(keys: readonly Buffer[]): void {
  for (const key of keys) key.fill(0);
}

import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { parseCredential, type Credential } from '@hookline/webhook-call/credentials/credential';
import type { Keyring } from '@hookline/webhook-call/credentials/keyring';
import { SealError } from '@hookline/webhook-call/credentials/seal-error';
import { withOpened, type FindAccountKey } from '@hookline/webhook-call/credentials/sealed-value';

/**
 * Opens the credential of a definition, just before use.
 * @returns null for auth type none; the reason, without any secret, where it cannot be opened
 */
export function openCredential(
  { accountId, actionId, auth }: WebhookDefinition,
  keys: { keyring: Keyring; findAccountKey: FindAccountKey },
): Credential | null | { problem: string } {
  const { type, sealed } = auth;
  if (type === 'none') return null;
  if (!sealed) return { problem: `no ${type} credential is stored` };
  try {
    return withOpened(keys, sealed, { accountId, actionId, field: 'auth' }, (plaintext) =>
      parseCredential(type, plaintext),
    );
  } catch (error) {
    if (error instanceof SealError) return { problem: `the credential cannot be opened: ${error.message}` };
    throw error;
  }
}

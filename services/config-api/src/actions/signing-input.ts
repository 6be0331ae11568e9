import type { DefinitionSigning } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { parseSigningSecret } from '@hookline/credentials/signing-secret';

/** Change that a request makes to the signing secrets. `set` carries a key supplied by the customer. */
export type SigningChange =
  | { kind: 'none' }
  | { kind: 'keep'; signing: DefinitionSigning }
  | { kind: 'create' }
  | { kind: 'set'; key: Buffer };

/**
 * Reads signing_enabled and signing_secret. Signing works with any auth type. A secret in the body replaces all stored
 * secrets immediately. Without a secret in the body, an action that stays signed keeps its stored secrets, even if the
 * URL changes: unlike a credential, they are never sent, so a new origin does not learn them, and a receiver that moves
 * can still verify signatures.
 */
export function readSigning(
  input: Pick<WebhookActionInput, 'signing_enabled' | 'signing_secret'>,
  stored: DefinitionSigning | null,
): { change: SigningChange; errors: FieldError[] } {
  const { signing_enabled: enabled = false, signing_secret: secret } = input;
  if (secret === undefined) {
    if (!enabled) return { change: { kind: 'none' }, errors: [] };
    return { change: stored ? { kind: 'keep', signing: stored } : { kind: 'create' }, errors: [] };
  }
  const imported = readSecret(secret);
  if ('errors' in imported) return { change: { kind: 'none' }, errors: imported.errors };
  if (!enabled) return { change: { kind: 'none' }, errors: [secretError('requires signing_enabled: true')] };
  return { change: { kind: 'set', key: imported.key }, errors: [] };
}

/** Parses a secret supplied by a customer; the error message never quotes it. */
export function readSecret(secret: string): { key: Buffer } | { errors: FieldError[] } {
  const key = parseSigningSecret(secret);
  if (key) return { key };
  return { errors: [secretError('must be whsec_ followed by the padded base64 of 24 to 64 bytes')] };
}

function secretError(message: string): FieldError {
  return { field: 'signing_secret', message };
}

import type { DefinitionSigning } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { parseSigningSecret } from '@hookline/credentials/signing-secret';

/** What is to become of the signing secrets. `set` carries a key that the customer brought along. */
export type SigningChange =
  | { kind: 'none' }
  | { kind: 'keep'; signing: DefinitionSigning }
  | { kind: 'create' }
  | { kind: 'set'; key: Buffer };

/**
 * Reads signing_enabled and signing_secret. Signing goes with any auth type. A secret that is given takes the place of
 * all others at once; not given, those stored are kept, whatever the URL: unlike a credential they are sent to nobody,
 * so a new origin learns nothing, and a receiver that moves goes on to verify.
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
  if (!enabled) return { change: { kind: 'none' }, errors: [secretError('needs signing_enabled')] };
  return { change: { kind: 'set', key: imported.key }, errors: [] };
}

/** Reads a secret that a customer brings along; the message never quotes it. */
export function readSecret(secret: string): { key: Buffer } | { errors: FieldError[] } {
  const key = parseSigningSecret(secret);
  if (key) return { key };
  return { errors: [secretError('must be whsec_ and the base64 (with its padding) of 24 to 64 bytes')] };
}

function secretError(message: string): FieldError {
  return { field: 'signing_secret', message };
}

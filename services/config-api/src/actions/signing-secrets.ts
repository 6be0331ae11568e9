import type { DefinitionSigning, WebhookDefinition } from '@hookline/shared/contracts/events';
import { type RotateSigningSecret, SIGNING_LIMITS } from '@hookline/shared/contracts/rest/signing';
import { rotateSecrets, withoutExpired } from '@hookline/credentials/secret-rotation';
import { createSigningKey, signingSecret } from '@hookline/credentials/signing-secret';
import { invalidFields, ProblemError } from '../http/problem-error.ts';
import type { SecretOwner } from './seal-credential.ts';
import { readSecret, type SigningChange } from './signing-input.ts';

/** Signing settings of the next version of an action. */
interface NextSigning {
  signing: DefinitionSigning | null;
  /** New secret, which is shown once; null if none was created. */
  newSecret: string | null;
}

interface SigningKeySealer {
  /** Seals a signing key for its action, then zeroes `key`. */
  sealSigningKey(owner: SecretOwner, key: Buffer): Promise<Buffer>;
}

/** Creates, imports and rotates the signing secrets of actions, and seals each of them immediately. */
interface SigningSecrets {
  change(owner: SecretOwner, change: SigningChange, now: number): Promise<NextSigning>;
  /**
   * Adds a new secret, or the secret in the input; the previous secrets keep signing for the grace period.
   * @throws ProblemError 409 if the action is not signed, 422 for a malformed secret
   */
  rotate(
    definition: SecretOwner & Pick<WebhookDefinition, 'signing'>,
    input: RotateSigningSecret,
    now: number,
  ): Promise<NextSigning>;
}

export function createSigningSecrets(sealer: SigningKeySealer): SigningSecrets {
  const sealNew = async (owner: SecretOwner): Promise<{ sealed: Buffer; newSecret: string }> => {
    const key = createSigningKey();
    // Encoded before sealing, which zeroes the key.
    const newSecret = signingSecret(key);
    return { sealed: await sealer.sealSigningKey(owner, key), newSecret };
  };
  const sealGiven = async (
    owner: SecretOwner,
    key: Buffer,
  ): Promise<{ sealed: Buffer; newSecret: null }> => ({
    sealed: await sealer.sealSigningKey(owner, key),
    newSecret: null,
  });

  return {
    change: async (owner, change, now) => {
      if (change.kind === 'none') return { signing: null, newSecret: null };
      if (change.kind === 'keep') return { signing: withoutExpired(change.signing, now), newSecret: null };
      const { sealed, newSecret } =
        change.kind === 'set' ? await sealGiven(owner, change.key) : await sealNew(owner);
      return { signing: { sealedSecrets: [sealed], graceUntil: null }, newSecret };
    },
    rotate: async (definition, input, now) => {
      if (!definition.signing) {
        throw new ProblemError(
          409,
          'conflict',
          'The action is not signed; set signing_enabled to true first',
        );
      }
      const key = importedKey(input);
      const { sealed, newSecret } = key ? await sealGiven(definition, key) : await sealNew(definition);
      const graceSeconds = input?.grace_period_seconds ?? SIGNING_LIMITS.gracePeriodSeconds.default;
      const times = { now, graceMs: graceSeconds * 1_000 };
      return { signing: rotateSecrets(definition.signing, sealed, times), newSecret };
    },
  };
}

function importedKey(input: RotateSigningSecret): Buffer | null {
  if (input?.signing_secret === undefined) return null;
  const imported = readSecret(input.signing_secret);
  if ('errors' in imported) throw invalidFields(imported.errors);
  return imported.key;
}

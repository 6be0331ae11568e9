import type { DefinitionSigning } from '@hookline/shared/contracts/events';

/**
 * Maximum number of secrets in use, limited because each adds a signature to every attempt. It is high enough that a
 * rotation repeated after a lost response does not drop the secret that the receiver still has.
 */
export const MAX_SECRETS = 4;

/** Returns the sealed secrets to sign with now: the newest, and the older ones until their grace period ends. */
export function secretsInUse({ sealedSecrets, graceUntil }: DefinitionSigning, now: number): Buffer[] {
  return graceUntil !== null && now < graceUntil ? sealedSecrets : sealedSecrets.slice(0, 1);
}

/** Returns the signing settings for the next version of a definition, without the secrets that are no longer in use. */
export function withoutExpired(signing: DefinitionSigning, now: number): DefinitionSigning {
  const sealedSecrets = secretsInUse(signing, now);
  return { sealedSecrets, graceUntil: sealedSecrets.length > 1 ? signing.graceUntil : null };
}

/**
 * Puts a new secret first. The other secrets in use remain in use for `graceMs`. An old secret that still signs grants
 * no access, because the receiver decides which secrets it accepts.
 * @param graceMs if 0, only the new secret signs from now on
 */
export function rotateSecrets(
  signing: DefinitionSigning,
  newest: Buffer,
  { now, graceMs }: { now: number; graceMs: number },
): DefinitionSigning {
  const older = graceMs > 0 ? secretsInUse(signing, now) : [];
  return {
    sealedSecrets: [newest, ...older].slice(0, MAX_SECRETS),
    graceUntil: older.length > 0 ? now + graceMs : null,
  };
}

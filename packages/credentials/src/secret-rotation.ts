import type { DefinitionSigning } from '@hookline/shared/contracts/events';

/**
 * Each further secret costs a signature with every attempt. What matters is that a rotation repeated after a lost answer
 * does not drop the secret that the receiver still has.
 */
export const MOST_SECRETS = 4;

/** The sealed secrets to sign with now: the newest, and the older ones until their grace period ends. */
export function secretsInUse({ sealedSecrets, graceUntil }: DefinitionSigning, now: number): Buffer[] {
  return graceUntil !== null && now < graceUntil ? sealedSecrets : sealedSecrets.slice(0, 1);
}

/** The same without what is no longer in use, for the next version of a definition. */
export function withoutExpired(signing: DefinitionSigning, now: number): DefinitionSigning {
  const sealedSecrets = secretsInUse(signing, now);
  return { sealedSecrets, graceUntil: sealedSecrets.length > 1 ? signing.graceUntil : null };
}

/**
 * Puts a new secret first. All others in use stay so until the end of this grace period: what we sign with opens no
 * door, since it is the receiver who decides which secrets it takes.
 * @param graceMs 0: only the new secret signs from now on
 */
export function rotateSecrets(
  signing: DefinitionSigning,
  newest: Buffer,
  { now, graceMs }: { now: number; graceMs: number },
): DefinitionSigning {
  const older = graceMs > 0 ? secretsInUse(signing, now) : [];
  return {
    sealedSecrets: [newest, ...older].slice(0, MOST_SECRETS),
    graceUntil: older.length > 0 ? now + graceMs : null,
  };
}

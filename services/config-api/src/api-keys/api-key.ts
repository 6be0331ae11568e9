import { createHash, randomBytes } from 'node:crypto';

/**
 * Form of a key: `hlk_<id>_<secret>`. The id is that of its row (a UUID without dashes), so that the row is found by id
 * and the secret is only compared. The secret is 256 random bits in base64url. The prefix lets secret scanners find
 * leaked keys.
 */
const SHAPE = /^hlk_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** Generates a key for the row with this id (UUID). The key is shown once; only its hash is stored. */
export function generateApiKey(id: string): string {
  return `hlk_${id.replaceAll('-', '')}_${randomBytes(32).toString('base64url')}`;
}

/** Returns the id of the row of a key; null if the text does not have the form of a key. */
export function apiKeyId(key: string): string | null {
  const parts = SHAPE.exec(key);
  return parts ? parts.slice(1).join('-') : null;
}

/** Hashes a key with SHA-256. Unlike a password, 256 random bits cannot be guessed, so a slow hash is unnecessary. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

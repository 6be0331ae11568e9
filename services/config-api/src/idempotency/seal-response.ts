import { hkdfSync, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { associatedData, decrypt, encrypt, KEY_BYTES } from '@hookline/credentials/aead';
import { SealError } from '@hookline/credentials/seal-error';
import type { KeyIdentity } from './idempotent-responses.ts';

const SALT_BYTES = 16;
/** Part of the key derivation; if it changes, kept responses can no longer be opened. */
const PURPOSE = 'hookline: response of an idempotent request';
/** Limit for decompression, so that a stored value cannot exhaust the memory. No response of this API is larger. */
const MAX_BODY_BYTES = 16 * 1_048_576;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * Seals the body of a response under the API key of its request (ADR 43), because the body may contain a secret that
 * is shown only once. The service keeps only a hash of that key, so the database alone does not reveal the body.
 */
export async function sealResponse(
  body: string | Buffer,
  apiKey: string,
  identity: KeyIdentity,
): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const compressed = await compress(body);
  return Buffer.concat([salt, encrypt(sealingKey(apiKey, salt), compressed, contextOf(identity))]);
}

/** Opens the result of `sealResponse`; returns null if another API key sealed it. */
export async function openResponse(
  sealed: Buffer,
  apiKey: string,
  identity: KeyIdentity,
): Promise<string | null> {
  const salt = sealed.subarray(0, SALT_BYTES);
  try {
    const compressed = decrypt(sealingKey(apiKey, salt), sealed.subarray(SALT_BYTES), contextOf(identity));
    const body = await decompress(compressed, { maxOutputLength: MAX_BODY_BYTES });
    return body.toString();
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}

function sealingKey(apiKey: string, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', apiKey, salt, PURPOSE, KEY_BYTES));
}

function contextOf({ accountId, route, keyHash }: KeyIdentity): Buffer {
  return associatedData(accountId, route, keyHash.toString('hex'));
}

import { randomBytes, randomUUID } from 'node:crypto';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { isPublished } from '@hookline/shared/runtime/local-use';
import { associatedData, decrypt, encrypt, KEY_BYTES } from './aead.ts';
import { SealError } from './seal-error.ts';

/**
 * Master keys of a deployment. They wrap the data keys of the accounts. The keys that seal the sessions and tokens of
 * config-api are derived from the primary key and the admin key.
 */
export interface Keyring {
  /** Id of the key that wraps new data keys. */
  primaryId: string;
  keys: ReadonlyMap<string, Buffer>;
}

/** Format version (0x01) and algorithm (0x01, AES-256-GCM). */
const WRAPPED_HEADER = Buffer.from([0x01, 0x01]);
const KEY_ID = /^[A-Za-z0-9_.-]{1,64}$/;

/**
 * Parses `HOOKLINE_MASTER_KEYS`: entries `id:base64(32 bytes)`, separated by commas; the first is the primary key. To
 * rotate, append the new key in every process, then put it first, re-wrap all data keys and remove the old key
 * (docs/operations/key-rotation.md).
 * @throws Error that names the position of the bad entry, never its content
 */
export function parseKeyring(text: string): Keyring {
  const keys = new Map<string, Buffer>();
  for (const [index, entry] of text.split(',').entries()) {
    const [, id = '', base64 = ''] = /^([^:]*):(.*)$/s.exec(entry.trim()) ?? [];
    const key = Buffer.from(base64, 'base64');
    if (!KEY_ID.test(id) || key.length !== KEY_BYTES || keys.has(id)) {
      throw new Error(
        `must list <id>:<base64 of ${KEY_BYTES} bytes>, each with a unique id; entry ${index + 1} is malformed or repeats an id; ` +
          `generate a key with: openssl rand -base64 ${KEY_BYTES}`,
      );
    }
    keys.set(id, key);
  }
  const [primaryId = ''] = keys.keys();
  return { primaryId, keys };
}

/** Minimum number of distinct bytes in a random key; a truly random key practically never has fewer. */
const MIN_DIFFERENT_BYTES = 16;

/**
 * Returns the reason why the keys of `HOOKLINE_MASTER_KEYS` are acceptable only for local use (a key is published or
 * has few distinct bytes); null if they are acceptable everywhere.
 */
export function weakMasterKeys(text: string): string | null {
  for (const [id, key] of parseKeyring(text).keys) {
    if (isPublished(key.toString('base64')) || new Set(key).size < MIN_DIFFERENT_BYTES) {
      return `must list random keys, but ${id} is published or repeats the same bytes; generate a key with: openssl rand -base64 ${KEY_BYTES}`;
    }
  }
  return null;
}

/** Creates a data key for an account, wrapped by the primary master key. */
export function createDataKey(keyring: Keyring, accountId: string, now: number): AccountKey {
  const dataKey = randomBytes(KEY_BYTES);
  try {
    return wrap(keyring, dataKey, { accountId, dekId: randomUUID(), state: 'active', createdAt: now });
  } finally {
    dataKey.fill(0);
  }
}

/** Wraps an existing data key with the primary master key, so that rotation leaves credentials unchanged. */
export function rewrapDataKey(keyring: Keyring, accountKey: AccountKey): AccountKey {
  return withDataKey(keyring, accountKey, (dataKey) => wrap(keyring, dataKey, accountKey));
}

/**
 * Unwraps a data key for the duration of `use` and zeroes it afterwards.
 * @throws SealError `unknown_master_key`, `unknown_format` or `damaged_data_key`
 */
export function withDataKey<T>(keyring: Keyring, accountKey: AccountKey, use: (dataKey: Buffer) => T): T {
  const dataKey = unwrap(masterKeyOf(keyring, accountKey), accountKey);
  try {
    return use(dataKey);
  } finally {
    dataKey.fill(0);
  }
}

/**
 * Finds the master key that wraps a data key.
 * @throws SealError `unknown_master_key`
 */
export function masterKeyOf(keyring: Keyring, { kekId }: Pick<AccountKey, 'kekId'>): Buffer {
  const masterKey = keyring.keys.get(kekId);
  if (masterKey) return masterKey;
  throw new SealError(
    'unknown_master_key',
    `master key ${kekId} is not in HOOKLINE_MASTER_KEYS; add it and keep it until all data keys are re-wrapped`,
  );
}

function unwrap(masterKey: Buffer, accountKey: AccountKey): Buffer {
  const { kekId, dekId, wrapped } = accountKey;
  if (!wrapped.subarray(0, WRAPPED_HEADER.length).equals(WRAPPED_HEADER)) {
    throw new SealError('unknown_format', `data key ${dekId} is wrapped in an unknown format`);
  }
  try {
    return decrypt(masterKey, wrapped.subarray(WRAPPED_HEADER.length), wrapBinding(accountKey, kekId));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    // This failure does not mean that the sealed value is damaged: another key may have been entered under this id.
    const message = `data key ${dekId} cannot be unwrapped: the value of master key ${kekId} differs from the value that wrapped it, or the data key was changed`;
    throw new SealError('damaged_data_key', message, { cause: error });
  }
}

function wrap(
  keyring: Keyring,
  dataKey: Buffer,
  identity: Omit<AccountKey, 'kekId' | 'wrapped'>,
): AccountKey {
  const kekId = keyring.primaryId;
  const sealed = encrypt(masterKeyOf(keyring, { kekId }), dataKey, wrapBinding(identity, kekId));
  return { ...identity, kekId, wrapped: Buffer.concat([WRAPPED_HEADER, sealed]) };
}

function wrapBinding({ accountId, dekId }: { accountId: string; dekId: string }, kekId: string): Buffer {
  return associatedData('hookline-dek', accountId, dekId, kekId);
}

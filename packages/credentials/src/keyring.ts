import { randomBytes, randomUUID } from 'node:crypto';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { associatedData, decrypt, encrypt, KEY_BYTES } from './aead.ts';
import { SealError } from './seal-error.ts';

/** Master keys of a deployment. They wrap the data keys of the accounts and nothing else. */
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
 * rotate, put the new key first, re-wrap, then remove the old one.
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
 * @throws SealError `unknown_master_key`, `malformed` or `tampered`
 */
export function withDataKey<T>(keyring: Keyring, accountKey: AccountKey, use: (dataKey: Buffer) => T): T {
  const { kekId, wrapped } = accountKey;
  const masterKey = keyring.keys.get(kekId);
  if (!masterKey) {
    throw new SealError(
      'unknown_master_key',
      `master key ${kekId} is not in HOOKLINE_MASTER_KEYS; add it and keep it until all data keys are re-wrapped`,
    );
  }
  if (!wrapped.subarray(0, WRAPPED_HEADER.length).equals(WRAPPED_HEADER)) {
    throw new SealError('malformed', `data key ${accountKey.dekId} is wrapped in an unknown format`);
  }
  const dataKey = decrypt(masterKey, wrapped.subarray(WRAPPED_HEADER.length), wrapBinding(accountKey, kekId));
  try {
    return use(dataKey);
  } finally {
    dataKey.fill(0);
  }
}

function wrap(
  keyring: Keyring,
  dataKey: Buffer,
  identity: Omit<AccountKey, 'kekId' | 'wrapped'>,
): AccountKey {
  const kekId = keyring.primaryId;
  const masterKey = keyring.keys.get(kekId);
  if (!masterKey)
    throw new SealError('unknown_master_key', `master key ${kekId} is not in HOOKLINE_MASTER_KEYS`);
  const sealed = encrypt(masterKey, dataKey, wrapBinding(identity, kekId));
  return { ...identity, kekId, wrapped: Buffer.concat([WRAPPED_HEADER, sealed]) };
}

function wrapBinding({ accountId, dekId }: { accountId: string; dekId: string }, kekId: string): Buffer {
  return associatedData('hookline-dek', accountId, dekId, kekId);
}

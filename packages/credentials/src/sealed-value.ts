import type { AccountKey } from '@hookline/shared/contracts/events';
import { associatedData, decrypt, encrypt } from './aead.ts';
import { type Keyring, withDataKey } from './keyring.ts';
import { SealError } from './seal-error.ts';

/**
 * Place to which a sealed value is bound. A definition's secrets are stored and published sealed, as
 * `0x01 | 0x01 (AES-256-GCM) | data key id (16 bytes) | nonce (12) | ciphertext | tag (16)`.
 * The associated data bind each to its account, action and field, so a value moved elsewhere cannot be opened.
 */
export interface SealBinding {
  accountId: string;
  actionId: string;
  /** A definition's credential or one of its signing keys. */
  field: 'auth' | 'signing';
}

/** Finds an account's data key among those known to this process. */
type FindAccountKey = (accountId: string, dekId: string) => AccountKey | undefined;

/** Keys that open sealed values. */
export interface OpeningKeys {
  keyring: Keyring;
  findAccountKey: FindAccountKey;
}

const HEADER = Buffer.from([0x01, 0x01]);
const DEK_ID_END = HEADER.length + 16;

/** Seals a secret with the account's data key. The caller zeroes the plaintext. */
export function seal(
  keyring: Keyring,
  accountKey: AccountKey,
  plaintext: Uint8Array,
  binding: SealBinding,
): Buffer {
  const sealed = withDataKey(keyring, accountKey, (dataKey) =>
    encrypt(dataKey, plaintext, sealedData(binding, accountKey.dekId)),
  );
  return Buffer.concat([HEADER, Buffer.from(accountKey.dekId.replaceAll('-', ''), 'hex'), sealed]);
}

/**
 * Returns the id (UUID) of the data key with which a value was sealed.
 * @throws SealError `malformed`
 */
export function dataKeyIdOf(sealed: Buffer): string {
  if (sealed.length < DEK_ID_END || !sealed.subarray(0, HEADER.length).equals(HEADER)) {
    throw new SealError('malformed', 'sealed value has an unknown format');
  }
  const hex = sealed.toString('hex', HEADER.length, DEK_ID_END);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * Opens a sealed value for the duration of `use` and zeroes the plaintext afterwards; `use` must not keep the Buffer.
 * @throws SealError; after `unknown_data_key`, opening may succeed once the key has arrived
 */
export function withOpened<T>(
  { keyring, findAccountKey }: OpeningKeys,
  sealed: Buffer,
  binding: SealBinding,
  use: (plaintext: Buffer) => T,
): T {
  const dekId = dataKeyIdOf(sealed);
  const accountKey = findAccountKey(binding.accountId, dekId);
  if (!accountKey)
    throw new SealError('unknown_data_key', `data key ${dekId} of the account is not known to this process`);
  const plaintext = withDataKey(keyring, accountKey, (dataKey) =>
    decrypt(dataKey, sealed.subarray(DEK_ID_END), sealedData(binding, dekId)),
  );
  try {
    return use(plaintext);
  } finally {
    plaintext.fill(0);
  }
}

function sealedData({ accountId, actionId, field }: SealBinding, dekId: string): Buffer {
  return associatedData('hookline-secret', accountId, actionId, field, dekId);
}

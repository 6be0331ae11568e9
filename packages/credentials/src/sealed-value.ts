import type { AccountKey } from '@hookline/shared/contracts/events';
import { associatedData, decrypt, encrypt } from './aead.ts';
import { type CredentialDestination, destinationFields } from './credential-destination.ts';
import { type Keyring, masterKeyOf, withDataKey } from './keyring.ts';
import { SealError } from './seal-error.ts';

/**
 * Account, action, field and destination to which the associated data bind a secret at rest and on Kafka, so
 * that a value that was moved elsewhere cannot be opened. A sealed value consists of
 * `format | 0x01 (AES-256-GCM) | data key id (16 bytes) | nonce (12) | ciphertext | tag (16)`, where the format is
 * - 0x01, `action`: bound to account, action and field. All signing secrets have this format, because they are never
 *   sent;
 * - 0x02, `destination`: a credential that is also bound to its destination (ADR 28).
 */
export interface SealBinding {
  accountId: string;
  actionId: string;
  /** A definition's credential or one of its signing keys. */
  field: 'auth' | 'signing';
  /**
   * If set, the value is sealed in the format `destination`; required to open such a value, ignored for the other
   * format.
   */
  destination?: CredentialDestination;
}

export type SealFormat = 'action' | 'destination';

/** Finds an account's data key among those known to this process. */
type FindAccountKey = (accountId: string, dekId: string) => AccountKey | undefined;

/** Keys that open sealed values. */
export interface OpeningKeys {
  keyring: Keyring;
  findAccountKey: FindAccountKey;
  /** Whether only credentials that are bound to their destination are opened; by default, both formats are opened. */
  destinationOnly?: boolean;
}

const FORMATS: Readonly<Record<SealFormat, number>> = { action: 0x01, destination: 0x02 };
const AES_256_GCM = 0x01;
const HEADER_BYTES = 2;
const DEK_ID_END = HEADER_BYTES + 16;

/** Seals a secret with the account's data key. The caller zeroes the plaintext. */
export function seal(
  keyring: Keyring,
  accountKey: AccountKey,
  plaintext: Uint8Array,
  binding: SealBinding,
): Buffer {
  const format: SealFormat = binding.destination ? 'destination' : 'action';
  const sealed = withDataKey(keyring, accountKey, (dataKey) =>
    encrypt(dataKey, plaintext, sealedData(format, binding, accountKey.dekId)),
  );
  const header = Buffer.from([FORMATS[format], AES_256_GCM]);
  return Buffer.concat([header, Buffer.from(accountKey.dekId.replaceAll('-', ''), 'hex'), sealed]);
}

/**
 * Reads the format of a sealed value.
 * @throws SealError `malformed`, or `unknown_format` for a value that only a later release writes
 */
export function sealFormatOf(sealed: Buffer): SealFormat {
  if (sealed.length < DEK_ID_END) throw new SealError('malformed', 'sealed value is too short');
  if (sealed[0] === FORMATS.action && sealed[1] === AES_256_GCM) return 'action';
  if (sealed[0] === FORMATS.destination && sealed[1] === AES_256_GCM) return 'destination';
  const header = sealed.toString('hex', 0, HEADER_BYTES);
  throw new SealError(
    'unknown_format',
    `sealed value has the format ${header}, which this release cannot read`,
  );
}

/**
 * Returns the id (UUID) of the data key with which a value was sealed.
 * @throws SealError `malformed` or `unknown_format`
 */
export function dataKeyIdOf(sealed: Buffer): string {
  sealFormatOf(sealed);
  const hex = sealed.toString('hex', HEADER_BYTES, DEK_ID_END);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * Finds a temporary problem that prevents a value from being opened, without opening the value.
 * @returns null if there is no such problem. Only `withOpened` detects a data key that cannot be unwrapped, or a
 *   value that can never be opened
 */
export function obstacleTo(
  keys: OpeningKeys,
  sealed: Buffer,
  binding: Pick<SealBinding, 'accountId' | 'field'>,
): SealError | null {
  try {
    masterKeyOf(keys.keyring, findKey(keys, sealed, binding));
    return null;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return error.mayPass ? error : null;
  }
}

/**
 * Opens a sealed value for the duration of `use` and zeroes the plaintext afterwards; `use` must not keep the Buffer.
 * @throws SealError, with the code `other_destination` if the value is bound to another destination
 */
export function withOpened<T>(
  keys: OpeningKeys,
  sealed: Buffer,
  binding: SealBinding,
  use: (plaintext: Buffer) => T,
): T {
  const accountKey = findKey(keys, sealed, binding);
  const format = sealFormatOf(sealed);
  const data = sealedData(format, binding, accountKey.dekId);
  const open = (dataKey: Buffer): Buffer => decrypt(dataKey, sealed.subarray(DEK_ID_END), data);
  const plaintext = withDataKey(keys.keyring, accountKey, (dataKey) =>
    format === 'destination' ? forDestination(() => open(dataKey)) : open(dataKey),
  );
  try {
    return use(plaintext);
  } finally {
    plaintext.fill(0);
  }
}

/** Finds the data key of a value; refuses a value whose format this process may not open. */
function findKey(
  { findAccountKey, destinationOnly = false }: OpeningKeys,
  sealed: Buffer,
  { accountId, field }: Pick<SealBinding, 'accountId' | 'field'>,
): AccountKey {
  const dekId = dataKeyIdOf(sealed);
  if (destinationOnly && field === 'auth' && sealFormatOf(sealed) === 'action') {
    throw new SealError(
      'unknown_format',
      'credential is not bound to its destination, and HOOKLINE_CREDENTIAL_BINDING is destination_only: ' +
        'set it to destination, run reseal-credentials, then set it back',
    );
  }
  const accountKey = findAccountKey(accountId, dekId);
  if (!accountKey)
    throw new SealError('unknown_data_key', `data key ${dekId} of the account is not known to this process`);
  return accountKey;
}

/**
 * Reports a failure with its most likely cause: the author of the definition chose another destination for the
 * credential.
 */
function forDestination(open: () => Buffer): Buffer {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof SealError) || error.code !== 'tampered') throw error;
    const message =
      'credential is sealed for another destination, or another account or action, or has changed since it was sealed';
    throw new SealError('other_destination', message, { cause: error });
  }
}

function sealedData(format: SealFormat, binding: SealBinding, dekId: string): Buffer {
  const { accountId, actionId, field, destination } = binding;
  if (format === 'action') return associatedData('hookline-secret', accountId, actionId, field, dekId);
  // Without a destination, as for a signing secret, a value in this format cannot be opened.
  const fields = destination ? destinationFields(destination) : [];
  return associatedData('hookline-credential', accountId, actionId, field, dekId, ...fields);
}

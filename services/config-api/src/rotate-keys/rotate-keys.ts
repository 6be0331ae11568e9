import type { AccountKey } from '@hookline/shared/contracts/events';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createDataKey, type Keyring, rewrapDataKey } from '@hookline/credentials/keyring';
import { SealError } from '@hookline/credentials/seal-error';
import { accountKeyRecord } from '../accounts/account-key-record.ts';
import type { KeyBatch, KeyChange, KeyPosition } from '../persistence/account-key-store.ts';

interface RotateKeysDeps {
  store: {
    changeBatch(batch: KeyBatch, change: (key: AccountKey) => KeyChange | null): Promise<KeyPosition | null>;
  };
  keyring: Keyring;
  logger: Pick<Logger, 'error'>;
  now: () => number;
}

interface RotateKeysOptions {
  batchRows: number;
  /** Whether every account also gets a new data key. */
  renewDataKeys: boolean;
}

export interface Rotation {
  /** Data keys that were re-wrapped with the primary master key. */
  rewrapped: number;
  /** Data keys that could not be opened and were left unchanged. */
  failed: number;
  /** Accounts that received a new data key. */
  renewed: number;
}

/**
 * Re-wraps every data key that is not yet wrapped by the primary master key, and gives every account a new data key if
 * requested. Sealed secrets do not change, so calls continue in the meantime. Each batch is a transaction;
 * after an interruption, the next run re-wraps the remaining keys; a renewal starts over with all accounts.
 */
export async function rotateKeys(deps: RotateKeysDeps, options: RotateKeysOptions): Promise<Rotation> {
  const { keyring, now } = deps;
  const rotation: Rotation = { rewrapped: 0, failed: 0, renewed: 0 };
  await changeAll(deps, { which: { notWrappedBy: keyring.primaryId }, limit: options.batchRows }, (key) => {
    const rewrapped = rewrap(deps, key);
    rotation[rewrapped ? 'rewrapped' : 'failed']++;
    return rewrapped && { key: rewrapped, successor: null, records: [accountKeyRecord(rewrapped, now())] };
  });
  if (!options.renewDataKeys) return rotation;
  // Does not include keys that are created from now on, which are already new.
  await changeAll(deps, { which: { activeBefore: now() }, limit: options.batchRows }, (key) => {
    rotation.renewed++;
    return renew(deps, key);
  });
  return rotation;
}

async function changeAll(
  { store }: RotateKeysDeps,
  batch: Omit<KeyBatch, 'after'>,
  change: (key: AccountKey) => KeyChange | null,
): Promise<void> {
  let after: KeyPosition | null = null;
  do {
    after = await store.changeBatch({ ...batch, after }, change);
  } while (after);
}

function rewrap({ keyring, logger }: RotateKeysDeps, key: AccountKey): AccountKey | null {
  try {
    return rewrapDataKey(keyring, key);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    const { accountId, dekId, kekId } = key;
    logger.error(
      { err: error, accountId, dekId, kekId },
      'could not re-wrap a data key; leaving it unchanged and continuing with the next key',
    );
    return null;
  }
}

/** Replaces a data key with a new one for sealing. The old key still opens values that it has sealed. */
function renew({ keyring, now }: RotateKeysDeps, key: AccountKey): KeyChange {
  const retired: AccountKey = { ...key, state: 'decrypt_only' };
  const successor = createDataKey(keyring, key.accountId, now());
  return {
    key: retired,
    successor,
    records: [retired, successor].map((changed) => accountKeyRecord(changed, now())),
  };
}

import type { AccountKey } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { type DataSource, type EntityManager, Not } from 'typeorm';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { accountKeyEntity, type AccountKeyRow } from './entities.ts';
import { insertRecords } from './insert-records.ts';

/** Position of a data key in the order of `accountId` and `dekId`. */
export type KeyPosition = Pick<AccountKey, 'accountId' | 'dekId'>;

/** Batch of data keys, in the order of `KeyPosition`. */
export interface KeyBatch {
  /** Keys wrapped by another master key, or active keys that were created before a time (epoch ms). */
  which: { notWrappedBy: string } | { activeBefore: number };
  /** Null for the first batch. */
  after: KeyPosition | null;
  limit: number;
}

/** Change to a data key, and the records that announce it to the dispatchers. */
export interface KeyChange {
  key: AccountKey;
  /** New key that replaces `key` for sealing; null if there is none. */
  successor: AccountKey | null;
  records: readonly OutboxRecord[];
}

/** Access to the data keys of all accounts, for their rotation. */
interface AccountKeyStore {
  /**
   * Locks the next data keys, applies `change` to each and writes the results with their records, all in one
   * transaction. No other process can change a key in between, so the records of a key are in the order of its changes.
   * @param change returns null to leave a key unchanged
   * @returns the position of the last key in the batch; null if the batch was empty
   */
  changeBatch(batch: KeyBatch, change: (key: AccountKey) => KeyChange | null): Promise<KeyPosition | null>;
  /** Counts the data keys that are wrapped by a master key other than this one. */
  notWrappedBy(masterKeyId: string): Promise<number>;
  /** Counts the unpublished records about data keys. */
  unpublished(): Promise<number>;
}

export function createAccountKeyStore({ source }: { source: DataSource }): AccountKeyStore {
  return {
    changeBatch: (batch, change) =>
      source.transaction(async (manager) => {
        const rows = await lockKeys(manager, batch);
        for (const row of rows) {
          const changed = change(accountKey(row));
          if (changed) await write(manager, changed);
        }
        return rows.at(-1) ?? null;
      }),
    notWrappedBy: (masterKeyId) =>
      source.getRepository(accountKeyEntity).countBy({ kekId: Not(masterKeyId) }),
    unpublished: async () => {
      const [row] = await source.query<{ count: number }[]>(
        'SELECT count(*)::int AS count FROM outbox WHERE topic = $1 AND published_at IS NULL',
        [TOPICS.accountKeys.name],
      );
      return row?.count ?? 0;
    },
  };
}

function lockKeys(manager: EntityManager, { which, after, limit }: KeyBatch): Promise<AccountKeyRow[]> {
  const keys = manager
    .createQueryBuilder(accountKeyEntity, 'key')
    .orderBy('key.accountId')
    .addOrderBy('key.dekId')
    .limit(limit)
    .setLock('pessimistic_write');
  if ('notWrappedBy' in which) keys.where('key.kekId <> :notWrappedBy', which);
  else {
    const before = new Date(which.activeBefore);
    keys.where(`key.state = 'active' AND key.createdAt < :before`, { before });
  }
  if (after) keys.andWhere('(key.accountId, key.dekId) > (:accountId, :dekId)', { ...after });
  return keys.getMany();
}

async function write(manager: EntityManager, { key, successor, records }: KeyChange): Promise<void> {
  const { accountId, dekId, kekId, wrapped, state } = key;
  await manager.update(accountKeyEntity, { accountId, dekId }, { kekId, wrapped, state });
  // Inserted after the update, because an account can have only one active key at a time.
  if (successor) await manager.insert(accountKeyEntity, accountKeyRow(successor));
  await insertRecords(manager, records);
}

/** Converts a row to the data key that is published to Kafka. */
export function accountKey(row: AccountKeyRow): AccountKey {
  return { ...row, createdAt: row.createdAt.getTime() };
}

export function accountKeyRow(key: AccountKey): AccountKeyRow {
  return { ...key, createdAt: new Date(key.createdAt) };
}

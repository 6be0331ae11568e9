import type { AccountKey } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { type DataSource, type EntityManager, Not } from 'typeorm';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { accountKeyEntity, type AccountKeyRow } from './entities.ts';
import { insertRecords } from './insert-records.ts';

/** Place of a data key in the order of their table. */
export type KeyPosition = Pick<AccountKey, 'accountId' | 'dekId'>;

/** The data keys that a batch covers, in table order. */
export interface KeyBatch {
  /** Those that another master key wraps, or those that seal and were made before a time (epoch ms). */
  which: { notWrappedBy: string } | { activeBefore: number };
  /** Null for the first batch. */
  after: KeyPosition | null;
  limit: number;
}

/** What becomes of a data key, and the records that tell the dispatchers. */
export interface KeyChange {
  key: AccountKey;
  /** Seals from now on in its place. */
  successor: AccountKey | null;
  records: readonly OutboxRecord[];
}

/** Data keys of all accounts, for their rotation. */
export interface AccountKeyStore {
  /**
   * Locks the next data keys and writes what `change` makes of each with its records, all in one transaction. Nobody
   * else can change a key in between, so its records keep the order of its changes.
   * @param change null leaves a key as it is
   * @returns the last key looked at; null if there was none
   */
  changeBatch(batch: KeyBatch, change: (key: AccountKey) => KeyChange | null): Promise<KeyPosition | null>;
  /** How many data keys another master key than this one wraps. */
  notWrappedBy(masterKeyId: string): Promise<number>;
  /** How many records about data keys wait to be published. */
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
  // After it: an account has one active key at a time.
  if (successor) await manager.insert(accountKeyEntity, accountKeyRow(successor));
  await insertRecords(manager, records);
}

/** A data key as it travels on Kafka. */
export function accountKey(row: AccountKeyRow): AccountKey {
  return { ...row, createdAt: row.createdAt.getTime() };
}

export function accountKeyRow(key: AccountKey): AccountKeyRow {
  return { ...key, createdAt: new Date(key.createdAt) };
}

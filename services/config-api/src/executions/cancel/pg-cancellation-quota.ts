import { inTransaction } from '@hookline/database/pool';
import type pg from 'pg';
import { notFound } from '../../http/problem-error.ts';
import type { AccountTurns } from '../../quotas/account-turns.ts';

/** Size of cancellations in `webhook.commands`. */
interface CommandsSize {
  commands: number;
  bytes: number;
}

/**
 * Limits the cancellations of an account within the time for which dispatchers remember them (R-023, ADR 38). Each
 * cancellation takes memory in every dispatcher, and is read again whenever a dispatcher starts.
 */
export interface CancellationQuota {
  /**
   * Counts cancellations, unless the account would exceed its quota; returns whether they were counted.
   * @throws ProblemError 404 if the account has been deleted
   */
  take(accountId: string, size: CommandsSize): Promise<boolean>;
  /** Undoes a `take` whose commands were not all acknowledged: subtracts their size from today's count. */
  giveBack(accountId: string, size: CommandsSize): Promise<void>;
  /** Removes the counts of days that the quota no longer covers. */
  deleteExpired(): Promise<void>;
}

export interface CancellationQuotaOptions {
  maxCommands: number;
}

/** Maximum number of days for which dispatchers remember a cancellation. */
export const REMEMBERED_DAYS = 21;
/** Bytes allowed per command. An ordinary command takes about 300; the rest is for the metadata of the execution. */
const BYTES_PER_COMMAND = 1_024;

export function createCancellationQuota(
  { pool, turns }: { pool: pg.Pool; turns: Pick<AccountTurns, 'run'> },
  { maxCommands }: CancellationQuotaOptions,
): CancellationQuota {
  return {
    take: (accountId, { commands, bytes }) =>
      turns.run(accountId, () =>
        inTransaction(pool, async (client) => {
          // Serialises the cancellations of an account, so that two cannot use the same part of the quota.
          const account = await client.query(LOCK_ACCOUNT, [accountId]);
          if (account.rowCount === 0) throw notFound('Account');
          const limits = [maxCommands, maxCommands * BYTES_PER_COMMAND];
          const { rowCount } = await client.query(TAKE, [accountId, commands, bytes, ...limits]);
          return rowCount === 1;
        }),
      ),
    giveBack: async (accountId, { commands, bytes }) => {
      await pool.query(GIVE_BACK, [accountId, commands, bytes]);
    },
    deleteExpired: async () => {
      await pool.query(`DELETE FROM account_cancellations WHERE day < current_date - ${REMEMBERED_DAYS}`);
    },
  };
}

const LOCK_ACCOUNT = 'SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE';

const GIVE_BACK = `
  UPDATE account_cancellations
     SET commands = greatest(commands - $2::integer, 0), bytes = greatest(bytes - $3::bigint, 0)
   WHERE account_id = $1 AND day = current_date
`;

const TAKE = `
  INSERT INTO account_cancellations AS known (account_id, day, commands, bytes)
  SELECT $1, current_date, $2::integer, $3::bigint
    FROM (
      SELECT coalesce(sum(commands), 0) AS commands, coalesce(sum(bytes), 0) AS bytes FROM account_cancellations
       WHERE account_id = $1 AND day >= current_date - ${REMEMBERED_DAYS}
    ) used
   WHERE used.commands + $2::integer <= $4::bigint AND used.bytes + $3::bigint <= $5::bigint
  ON CONFLICT (account_id, day)
  DO UPDATE SET commands = known.commands + excluded.commands, bytes = known.bytes + excluded.bytes
`;

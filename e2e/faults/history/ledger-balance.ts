import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Totals of the ledger, over all accounts. */
interface LedgerTotals {
  requested: number;
  completed: number;
  deadLettered: number;
  inHand: number;
  waiting: number;
  unaccounted: number;
  examples: unknown;
}

const TOTALS = `
  SELECT coalesce(sum(requested), 0)::int AS requested, coalesce(sum(completed), 0)::int AS completed,
    coalesce(sum(dead_lettered), 0)::int AS "deadLettered", coalesce(sum(in_hand), 0)::int AS "inHand",
    coalesce(sum(unaccounted), 0)::int AS unaccounted, jsonb_agg(unaccounted_executions)
      FILTER (WHERE unaccounted > 0) AS examples,
    (SELECT coalesce(sum(count::int), 0)::int FROM webhook_ledger_accounts, jsonb_each_text(waiting) AS waits (reason, count))
      AS waiting
  FROM webhook_ledger_accounts`;
const POLL_MS = 500;

/**
 * Waits until the ledger shows every requested execution as completed or dead-lettered, and none in hand, waiting or
 * unaccounted for. Call it when all executions have ended.
 * @param options.ended minimum number of executions that the ledger must show as completed
 * @returns the totals at the deadline, as a broken guarantee; empty if the ledger is balanced
 */
export async function untilLedgerBalanced(
  databaseUrl: string,
  { ended, deadlineMs }: { ended: number; deadlineMs: number },
): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const deadline = Date.now() + deadlineMs; ; await sleep(POLL_MS)) {
      const { rows } = await client.query<LedgerTotals>(TOTALS);
      const [totals] = rows;
      if (totals && isBalanced(totals, ended)) return [];
      if (Date.now() > deadline)
        return [`the ledger is not balanced: ${JSON.stringify(totals)}, but ${ended} executions have ended`];
    }
  } finally {
    await client.end();
  }
}

function isBalanced(totals: LedgerTotals, ended: number): boolean {
  const { requested, completed, deadLettered, inHand, waiting, unaccounted } = totals;
  return (
    inHand === 0 &&
    waiting === 0 &&
    unaccounted === 0 &&
    requested === completed + deadLettered &&
    completed >= ended
  );
}

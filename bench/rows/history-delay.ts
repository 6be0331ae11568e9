import { Client } from 'pg';

/** Time from the end of a response to the commit of its row in history, in ms. */
interface HistoryDelay {
  p50: number;
  p95: number;
}

/**
 * Reads the delays of the attempts that started at or after `sinceMs` (epoch ms). Attempts are inserted once and never
 * updated, so a row became readable when the transaction in its `xmin` was committed.
 */
export async function historyDelay(databaseUrl: string, sinceMs: number): Promise<HistoryDelay> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<HistoryDelay>(DELAYS, [sinceMs]);
    return rows[0] ?? { p50: Number.NaN, p95: Number.NaN };
  } finally {
    await client.end();
  }
}

const DELAYS = `
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY delay_ms) AS p50,
         percentile_cont(0.95) WITHIN GROUP (ORDER BY delay_ms) AS p95
    FROM (SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - started_at)::float8 * 1000 - duration_ms AS delay_ms
            FROM webhook_attempts WHERE started_at >= to_timestamp($1::float8 / 1000)) AS attempts
`;

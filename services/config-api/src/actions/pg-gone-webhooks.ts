import type { Pool } from 'pg';
import type { GoneWebhook, GoneWebhooks } from './pause-gone.ts';

/** Maximum number of webhooks that one pass pauses. */
const MAX_ROWS = 100;

/** Reads and removes the webhooks that log-ingestor recorded in Postgres because their endpoints are gone. */
export function createGoneWebhooks({ pool }: { pool: Pool }): GoneWebhooks {
  return {
    list: async () => {
      const { rows } = await pool.query<Omit<GoneWebhook, 'version'> & { version: string }>(
        `SELECT account_id AS "accountId", action_id AS "actionId", definition_version AS version
           FROM gone_webhooks ORDER BY answered_at LIMIT $1`,
        [MAX_ROWS],
      );
      return rows.map((row) => ({ ...row, version: Number(row.version) }));
    },
    remove: async ({ accountId, actionId, version }) => {
      await pool.query(
        'DELETE FROM gone_webhooks WHERE account_id = $1 AND action_id = $2 AND definition_version = $3',
        [accountId, actionId, version],
      );
    },
  };
}

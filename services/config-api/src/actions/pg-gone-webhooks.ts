import type { Pool } from 'pg';
import type { GoneWebhook, GoneWebhooks } from './pause-gone.ts';

/** Maximum number of webhooks that one pass pauses. */
const MAX_ROWS = 100;

/** Returns the list of webhooks whose endpoints are gone, which log-ingestor writes to Postgres. */
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
    postpone: async ({ accountId, actionId }) => {
      await pool.query(
        'UPDATE gone_webhooks SET answered_at = now() WHERE account_id = $1 AND action_id = $2',
        [accountId, actionId],
      );
    },
    remove: async ({ accountId, actionId, version }) => {
      await pool.query(
        'DELETE FROM gone_webhooks WHERE account_id = $1 AND action_id = $2 AND definition_version = $3',
        [accountId, actionId, version],
      );
    },
  };
}

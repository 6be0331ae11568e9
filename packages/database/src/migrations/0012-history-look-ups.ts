import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the columns and indexes for look-ups in history (ADR 36): the contact as keyed hashes, the endpoint of the last
 * attempt, the execution that a replay repeats, and an index for each look-up. Rows of earlier releases have null in
 * the new columns.
 *
 * An endpoint can be longer than an index entry may be, so its index contains a hash, and queries compare both hash and
 * endpoint. The index by workflow is dropped, because each index slows down every write. Instead, a query by workflow
 * filters the rows that another look-up or the time range selects. The index by run is built before the columns are
 * added, because until then only writes are blocked, not reads.
 */
export class HistoryLookUps1764000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX IF NOT EXISTS webhook_executions_by_run
        ON webhook_executions (account_id, workflow_execution_id, accepted_at DESC, execution_id DESC)
        WHERE workflow_execution_id IS NOT NULL;
      ALTER TABLE webhook_executions
        ADD COLUMN IF NOT EXISTS contact_id_hash bytea,
        ADD COLUMN IF NOT EXISTS contact_email_hash bytea,
        ADD COLUMN IF NOT EXISTS endpoint text,
        ADD COLUMN IF NOT EXISTS replay_of text;
      COMMENT ON COLUMN webhook_executions.contact_id_hash IS
        'HMAC of contact.id under a key of the account; null: none, or not known';
      COMMENT ON COLUMN webhook_executions.endpoint IS 'endpoint of the last attempt; null: no attempt yet';
      COMMENT ON COLUMN webhook_executions.replay_of IS 'execution that this one repeats; null: not a replay';
      CREATE INDEX IF NOT EXISTS webhook_executions_by_contact_id
        ON webhook_executions (account_id, contact_id_hash, accepted_at DESC, execution_id DESC)
        WHERE contact_id_hash IS NOT NULL;
      CREATE INDEX IF NOT EXISTS webhook_executions_by_contact_email
        ON webhook_executions (account_id, contact_email_hash, accepted_at DESC, execution_id DESC)
        WHERE contact_email_hash IS NOT NULL;
      CREATE INDEX IF NOT EXISTS webhook_executions_by_endpoint
        ON webhook_executions (account_id, hashtextextended(endpoint, 0), accepted_at DESC, execution_id DESC)
        WHERE endpoint IS NOT NULL;
      DROP INDEX IF EXISTS webhook_executions_by_workflow
    `);
  }

  /** Keeps the columns, which the previous release ignores, so that a downgrade loses nothing. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX webhook_executions_by_workflow
        ON webhook_executions (account_id, workflow_id, accepted_at DESC, execution_id DESC);
      DROP INDEX webhook_executions_by_run, webhook_executions_by_contact_id,
        webhook_executions_by_contact_email, webhook_executions_by_endpoint
    `);
  }
}

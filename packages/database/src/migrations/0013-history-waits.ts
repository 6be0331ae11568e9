import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the waits of executions (ADR 36), partitioned by day like the rest of history. A row combines all waits of
 * one attempt that have the same reason; `deferrals` lists the deferrals already counted, so that a record that is read
 * again is counted only once, in whatever order records are read.
 */
export class HistoryWaits1764000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS webhook_waits (
        account_id text NOT NULL,
        execution_id text NOT NULL,
        accepted_at timestamptz NOT NULL,
        attempt integer NOT NULL,
        reason text NOT NULL,
        started_at timestamptz NOT NULL,
        until timestamptz NOT NULL,
        count integer NOT NULL,
        waited_ms bigint NOT NULL,
        deferrals int8multirange NOT NULL,
        PRIMARY KEY (account_id, execution_id, accepted_at, attempt, reason)
      ) PARTITION BY RANGE (accepted_at);
      COMMENT ON COLUMN webhook_waits.attempt IS 'attempt that waited';
      COMMENT ON COLUMN webhook_waits.started_at IS 'when the first of these waits began';
      COMMENT ON COLUMN webhook_waits.until IS 'when the last of them was due';
      COMMENT ON COLUMN webhook_waits.count IS 'number of waits';
      COMMENT ON COLUMN webhook_waits.waited_ms IS 'length of all of them, as planned';
      COMMENT ON COLUMN webhook_waits.deferrals IS 'deferrals of the attempt that are counted'
    `);
  }

  /** Keeps the table, so that a downgrade loses nothing; the down migration of history drops it. */
  async down(): Promise<void> {}
}

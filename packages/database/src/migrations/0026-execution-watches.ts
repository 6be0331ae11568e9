import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Accounts whose executions an instance of config-api shows live (ADR 47). log-ingestor sends notifications only
 * about the rows of these accounts. Unlogged: each row is renewed every few seconds, and a lost row is written again.
 */
export class ExecutionWatches1764000000026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE execution_watches (
        account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        instance_id uuid NOT NULL,
        until timestamptz NOT NULL,
        PRIMARY KEY (account_id, instance_id)
      );
      COMMENT ON COLUMN execution_watches.until IS 'the watch is void after this time unless its instance renews it';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE execution_watches');
  }
}

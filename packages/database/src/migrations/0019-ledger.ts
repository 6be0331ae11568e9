import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the ledger (ADR 41): the state of each partition, from which log-ingestor continues after a restart, and counts
 * per account.
 */
export class Ledger1764000000019 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhook_ledger_partitions (
        partition integer PRIMARY KEY,
        topic_prefix text NOT NULL,
        owner uuid NOT NULL,
        counted_since timestamptz NOT NULL DEFAULT now(),
        written_at timestamptz NOT NULL DEFAULT now(),
        snapshot bytea,
        saved_at timestamptz
      );
      ALTER TABLE webhook_ledger_partitions ALTER COLUMN snapshot SET STORAGE EXTERNAL;
      COMMENT ON TABLE webhook_ledger_partitions IS
        'state of the ledger, by partition number; written by log-ingestor';
      COMMENT ON COLUMN webhook_ledger_partitions.owner IS
        'tenure of the process that follows the partition; only it may write';
      COMMENT ON COLUMN webhook_ledger_partitions.snapshot IS
        'offsets read, open executions and counts; null: the ledger starts where the groups have committed';
      CREATE TABLE webhook_ledger_accounts (
        account_id text NOT NULL,
        partition integer NOT NULL,
        requested bigint NOT NULL,
        completed bigint NOT NULL,
        dead_lettered bigint NOT NULL,
        in_hand bigint NOT NULL,
        unaccounted bigint NOT NULL,
        waiting jsonb,
        unaccounted_executions jsonb,
        PRIMARY KEY (account_id, partition)
      );
      COMMENT ON TABLE webhook_ledger_accounts IS
        'counts of the ledger; an account has several rows if requests were put into partitions of others, and the empty account counts records without readable ids';
      COMMENT ON COLUMN webhook_ledger_accounts.waiting IS 'by reason; null: none';
      COMMENT ON COLUMN webhook_ledger_accounts.unaccounted_executions IS 'examples; null: none';
      CREATE INDEX webhook_ledger_unaccounted ON webhook_ledger_accounts (account_id) WHERE unaccounted > 0;
      CREATE INDEX webhook_ledger_accounts_of_partition ON webhook_ledger_accounts (partition)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE webhook_ledger_accounts; DROP TABLE webhook_ledger_partitions');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Counts the cancellations of each account per day. They are limited, because every dispatcher keeps each cancellation
 * in memory (ADR 38).
 */
export class Cancellations1764000000025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE account_cancellations');
  }
}

const UP = `
  CREATE TABLE account_cancellations (
    account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day date NOT NULL,
    commands integer NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (account_id, day)
  );
  COMMENT ON COLUMN account_cancellations.bytes IS 'of the commands in webhook.commands';
`;

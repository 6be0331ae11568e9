import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stores the test calls of the last few minutes, so that their limits hold across all instances of config-api. */
export class TestCalls1764000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE test_calls');
  }
}

/** Uses `clock_timestamp`, because a transaction may have waited for another transaction since its `now`. */
const UP = `
  CREATE TABLE test_calls (
    id uuid PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
  );
  COMMENT ON COLUMN test_calls.ended_at IS 'null: it runs, or its process went down';
  CREATE INDEX test_calls_by_account ON test_calls (account_id, started_at);
`;

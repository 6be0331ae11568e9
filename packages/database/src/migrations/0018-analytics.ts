import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The rollup of history (ADR 40): marks of changed buckets, minutes in day partitions that are dropped with those of
 * the history, and hours and days, which are kept longer than minutes.
 */
export class Analytics1764000000018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE analytics_marks, analytics_minutes, analytics_rollups');
  }
}

// Marks are constantly inserted and deleted, so autovacuum must not wait until a fifth of a large table is dead rows.
const UP = `
  CREATE TABLE analytics_marks (
    account_id text NOT NULL,
    level text NOT NULL CHECK (level IN ('minute', 'hour', 'day')),
    bucket_at timestamptz NOT NULL
  ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
  COMMENT ON TABLE analytics_marks IS
    'buckets whose rows must be recomputed; repeated marks are separate rows, so that inserting one waits for nobody';
  CREATE INDEX analytics_marks_by_account ON analytics_marks (account_id, level, bucket_at);

  CREATE TABLE analytics_minutes (
    account_id text NOT NULL,
    bucket_at timestamptz NOT NULL,
    dimensions smallint NOT NULL,
    key_hash bigint NOT NULL,
    workflow_id text,
    action_id text,
    endpoint text,
    others boolean NOT NULL,
    capped boolean NOT NULL,
    executions bigint NOT NULL,
    measures json NOT NULL,
    PRIMARY KEY (account_id, dimensions, bucket_at, key_hash)
  ) PARTITION BY RANGE (bucket_at);
  COMMENT ON COLUMN analytics_minutes.dimensions IS
    'columns that are part of the key: 1 workflow, 2 action, 4 endpoint, added; minutes have 0 and 7 only';
  COMMENT ON COLUMN analytics_minutes.others IS 'sums up the keys beyond the maximum of a bucket';
  COMMENT ON COLUMN analytics_minutes.capped IS 'the minute has more executions than are counted';
  COMMENT ON COLUMN analytics_minutes.measures IS 'StoredMeasures of @hookline/shared/analytics/measures';

  CREATE TABLE analytics_rollups (
    account_id text NOT NULL,
    level text NOT NULL CHECK (level IN ('hour', 'day')),
    bucket_at timestamptz NOT NULL,
    dimensions smallint NOT NULL,
    key_hash bigint NOT NULL,
    workflow_id text,
    action_id text,
    endpoint text,
    others boolean NOT NULL,
    capped boolean NOT NULL,
    executions bigint NOT NULL,
    measures json NOT NULL,
    PRIMARY KEY (account_id, level, dimensions, key_hash, bucket_at)
  );
  CREATE INDEX analytics_rollups_by_bucket ON analytics_rollups (account_id, level, dimensions, bucket_at);
  CREATE INDEX analytics_rollups_by_age ON analytics_rollups USING brin (bucket_at);

  -- History of earlier releases; one index has all that this reads.
  INSERT INTO analytics_marks (account_id, level, bucket_at)
  SELECT DISTINCT account_id, 'minute', date_trunc('minute', accepted_at, 'UTC') FROM webhook_executions;
`;

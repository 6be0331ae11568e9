import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the jobs that replay executions by filter, and their items (ADR 39). config-api writes both. An item links one
 * execution of the history (`origin_execution_id`, which is text, like the ids of the history) to the execution that
 * replays it (`execution_id`). `requested_at` and `execution_id` are stored before the request is published, so that
 * publishing it again names the same execution.
 */
export class ReplayJobs1764000000017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE replay_job_items, replay_jobs');
  }
}

const UP = `
  CREATE TABLE replay_jobs (
    account_id text NOT NULL,
    job_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'running', 'paused', 'aborting', 'aborted', 'completed')),
    filter json NOT NULL,
    definition text NOT NULL CHECK (definition IN ('current', 'original')),
    rate_per_second integer NOT NULL,
    max_items integer NOT NULL,
    accepted_before timestamptz NOT NULL,
    planned_count integer NOT NULL,
    planned_exactly boolean NOT NULL,
    sample json NOT NULL,
    selected integer NOT NULL DEFAULT 0,
    replayed integer NOT NULL DEFAULT 0,
    skipped integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    cursor_accepted_at timestamptz,
    cursor_execution_id text,
    next_batch_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    lease bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (account_id, job_id)
  );
  COMMENT ON TABLE replay_jobs IS 'jobs that replay executions by filter; config-api runs them';
  COMMENT ON COLUMN replay_jobs.accepted_before IS
    'only executions accepted before it are selected, so that a job does not select its own';
  COMMENT ON COLUMN replay_jobs.planned_exactly IS 'false: the count is a lower bound';
  COMMENT ON COLUMN replay_jobs.selected IS 'items so far';
  COMMENT ON COLUMN replay_jobs.cursor_accepted_at IS
    'with cursor_execution_id: the last execution looked at; null before the first batch';
  COMMENT ON COLUMN replay_jobs.next_batch_at IS 'earliest time of the next batch, set before one is published';
  COMMENT ON COLUMN replay_jobs.lease_until IS 'until then one instance works on a batch; null: none does';
  COMMENT ON COLUMN replay_jobs.lease IS 'number of the lease, which an instance that lost its lease does not have';
  CREATE INDEX replay_jobs_newest ON replay_jobs (account_id, created_at DESC, job_id DESC);
  CREATE INDEX replay_jobs_due ON replay_jobs (next_batch_at) WHERE state IN ('running', 'aborting');
  CREATE INDEX replay_jobs_created_at ON replay_jobs (created_at);

  CREATE TABLE replay_job_items (
    account_id text NOT NULL,
    job_id uuid NOT NULL,
    origin_accepted_at timestamptz NOT NULL,
    origin_execution_id text NOT NULL,
    execution_id uuid,
    state text NOT NULL CHECK (state IN ('pending', 'replayed', 'skipped', 'failed')),
    reason text,
    requested_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, job_id, origin_accepted_at, origin_execution_id),
    FOREIGN KEY (account_id, job_id) REFERENCES replay_jobs ON DELETE CASCADE
  );
  COMMENT ON COLUMN replay_job_items.execution_id IS 'execution that replays the origin; null: skipped';
  COMMENT ON COLUMN replay_job_items.state IS 'pending: stored, but not yet known to be published';
  CREATE INDEX replay_job_items_by_state
    ON replay_job_items (account_id, job_id, state, origin_accepted_at, origin_execution_id);
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * History, partitioned by day of `accepted_at`, so that rows past retention are removed by dropping a table. No
 * row refers to configuration: history is written only from Kafka and kept after its configuration is deleted.
 *
 * Ids are text, since producers outside Hookline choose them. Columns of type `json` keep the order of keys and, unlike
 * `jsonb`, accept the escape of U+0000, which some endpoints send. The indexes serve two kinds of queries: for the
 * executions of an account, newest first, optionally filtered by workflow, action, status or error class, and paged by
 * keyset (accepted_at, execution_id); and for one execution by its identity, through the primary key of every
 * partition.
 */
export class History1764000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    // A later migration added `webhook_waits`, and its down migration keeps that table.
    await runner.query('DROP TABLE IF EXISTS webhook_waits, webhook_attempts, webhook_executions');
  }
}

const UP = `
  CREATE TABLE webhook_executions (
    account_id text NOT NULL,
    execution_id text NOT NULL,
    accepted_at timestamptz NOT NULL,
    workflow_id text NOT NULL,
    action_id text NOT NULL,
    workflow_execution_id text,
    step_id text,
    status text NOT NULL CHECK (
      status IN ('pending', 'retrying', 'cancelling', 'success', 'error', 'timeout', 'cancelled')
    ),
    attempts integer NOT NULL,
    definition_version bigint,
    error_type text,
    error_message text,
    response_status integer,
    mapped_fields json,
    mapping_errors json,
    waits_for text,
    next_attempt_at timestamptz,
    wait_attempt integer NOT NULL,
    wait_deferrals integer NOT NULL,
    context text,
    metadata json,
    retry_policy json,
    not_before timestamptz,
    expires_at timestamptz,
    requested_at timestamptz NOT NULL,
    completed_at timestamptz,
    PRIMARY KEY (account_id, execution_id, accepted_at)
  ) PARTITION BY RANGE (accepted_at);
  COMMENT ON COLUMN webhook_executions.attempts IS 'attempts recorded so far';
  COMMENT ON COLUMN webhook_executions.waits_for IS 'why the next attempt waits; null: it does not wait';
  COMMENT ON COLUMN webhook_executions.wait_attempt IS
    'attempt of the latest wait known (0: none), past ones too; with wait_deferrals it tells an older wait';
  COMMENT ON COLUMN webhook_executions.context IS 'JSON text as requested; null until the request was read';
  COMMENT ON COLUMN webhook_executions.requested_at IS 'by the clock of the engine';

  CREATE INDEX webhook_executions_newest
    ON webhook_executions (account_id, accepted_at DESC, execution_id DESC);
  CREATE INDEX webhook_executions_by_workflow
    ON webhook_executions (account_id, workflow_id, accepted_at DESC, execution_id DESC);
  CREATE INDEX webhook_executions_by_action
    ON webhook_executions (account_id, action_id, accepted_at DESC, execution_id DESC);
  -- Most executions succeed: the "newest" index finds them, and a success must not pay for these two.
  CREATE INDEX webhook_executions_by_status
    ON webhook_executions (account_id, status, accepted_at DESC, execution_id DESC) WHERE status <> 'success';
  CREATE INDEX webhook_executions_by_error
    ON webhook_executions (account_id, error_type, accepted_at DESC, execution_id DESC)
    WHERE error_type IS NOT NULL;

  CREATE TABLE webhook_attempts (
    account_id text NOT NULL,
    execution_id text NOT NULL,
    accepted_at timestamptz NOT NULL,
    attempt integer NOT NULL,
    workflow_id text NOT NULL,
    action_id text NOT NULL,
    workflow_execution_id text,
    definition_version bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('success', 'error', 'timeout')),
    error_type text,
    error_message text,
    request_url text,
    request_method text,
    request_headers json,
    request_body text,
    request_body_bytes bigint,
    request_body_sha256 text,
    response_status integer,
    response_headers json,
    response_body text,
    response_body_bytes bigint,
    response_body_bytes_read bigint,
    response_truncated boolean,
    queued_ms bigint NOT NULL,
    queue_position integer,
    requested_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms bigint NOT NULL,
    next_attempt_at timestamptz,
    PRIMARY KEY (account_id, execution_id, accepted_at, attempt)
  ) PARTITION BY RANGE (accepted_at);
  COMMENT ON COLUMN webhook_attempts.request_url IS 'null with the other request columns: none could be built';
  COMMENT ON COLUMN webhook_attempts.response_status IS 'null with the other response columns: none came';
`;

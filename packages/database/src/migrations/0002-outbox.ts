import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Records that must reach Kafka if, and only if, the transaction that wrote them commits, and the executions that were
 * requested with an `Idempotency-Key`. A notification that Postgres delivers at commit, never before, wakes the relay.
 */
export class Outbox1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE idempotency_keys, outbox;
      DROP FUNCTION notify_outbox;
    `);
  }
}

const UP = `
  CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    account_id text NOT NULL,
    record_key text NOT NULL,
    value bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    available_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
  );
  COMMENT ON COLUMN outbox.topic IS 'name in the topic catalogue, without the prefix of the deployment';
  COMMENT ON COLUMN outbox.value IS 'encoded event; null: a tombstone';
  COMMENT ON COLUMN outbox.available_at IS 'not to be published before';
  CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;

  CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify('hookline_outbox', '');
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER outbox_notify AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();

  CREATE TABLE idempotency_keys (
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    execution_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    PRIMARY KEY (account_id, key)
  );
  COMMENT ON COLUMN idempotency_keys.request_hash IS 'SHA-256 of the request, to tell a repeat from a conflict';
  COMMENT ON COLUMN idempotency_keys.published_at IS
    'when Kafka had the request; null: a repeat publishes it again';
  CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
`;

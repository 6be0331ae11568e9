import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Dead letters, for people to read: each record, its origin and the reason why it was dead-lettered. Not partitioned,
 * since a record that is dead-lettered again on another day must not get a second row; instead, the writer bounds rows
 * and bytes.
 *
 * The indexes serve a list that is newest first, optionally filtered by topic, reason or account, and paged by keyset
 * (failed_at, id).
 */
export class DeadLetters1764000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE webhook_dead_letters');
  }
}

const UP = `
  CREATE TABLE webhook_dead_letters (
    id uuid PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    record_key bytea,
    value bytea,
    value_bytes bigint NOT NULL,
    kept_bytes integer NOT NULL,
    is_cut boolean NOT NULL,
    reason text NOT NULL,
    error text NOT NULL,
    account_id text,
    execution_id text,
    failed_at timestamptz NOT NULL,
    redriven_at timestamptz,
    redriven_to json
  );
  -- Not compressed: a list reads the beginning of each value, and a compressed value would have to be read whole.
  ALTER TABLE webhook_dead_letters ALTER COLUMN value SET STORAGE EXTERNAL;
  COMMENT ON COLUMN webhook_dead_letters.id IS 'made from place and bytes of the record: set aside again, it is the same';
  COMMENT ON COLUMN webhook_dead_letters.topic IS 'name in the topic catalogue, without the prefix of the deployment';
  COMMENT ON COLUMN webhook_dead_letters.value_bytes IS 'length of the value as found';
  COMMENT ON COLUMN webhook_dead_letters.kept_bytes IS 'bytes of record_key and value in this row';
  COMMENT ON COLUMN webhook_dead_letters.is_cut IS 'record_key or value are not whole';
  COMMENT ON COLUMN webhook_dead_letters.account_id IS 'null with execution_id: the record does not say it readably';
  COMMENT ON COLUMN webhook_dead_letters.redriven_to IS 'topic, partition and offset of the record that was sent again';

  CREATE INDEX webhook_dead_letters_newest ON webhook_dead_letters (failed_at DESC, id DESC);
  CREATE INDEX webhook_dead_letters_by_topic ON webhook_dead_letters (topic, failed_at DESC, id DESC);
  CREATE INDEX webhook_dead_letters_by_reason ON webhook_dead_letters (reason, failed_at DESC, id DESC);
  CREATE INDEX webhook_dead_letters_by_account
    ON webhook_dead_letters (account_id, failed_at DESC, id DESC) WHERE account_id IS NOT NULL;
`;

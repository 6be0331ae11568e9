import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Responses of the last 24 h to requests with an Idempotency-Key (ADR 43). */
export class IdempotentResponses1764000000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotent_responses');
  }
}

/**
 * The table does not reference `accounts`, because the administrator, whose requests have an empty account_id, has no
 * row there.
 */
const UP = `
  CREATE TABLE idempotent_responses (
    account_id text NOT NULL,
    route text NOT NULL,
    key_hash bytea NOT NULL,
    claim_id uuid NOT NULL,
    request_hash bytea NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    status smallint,
    headers jsonb,
    sealed_body bytea,
    body_bytes integer NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, route, key_hash)
  );
  ALTER TABLE idempotent_responses ALTER COLUMN sealed_body SET STORAGE EXTERNAL;
  COMMENT ON COLUMN idempotent_responses.account_id IS 'empty: the administrator';
  COMMENT ON COLUMN idempotent_responses.status IS 'null: in progress, or its process went down';
  COMMENT ON COLUMN idempotent_responses.sealed_body IS
    'compressed, encrypted under the API key of the request; null: too large to be kept';
  CREATE INDEX idempotent_responses_by_account ON idempotent_responses (account_id, claimed_at) INCLUDE (body_bytes);
  CREATE INDEX idempotent_responses_by_age ON idempotent_responses (claimed_at);
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Quotas of accounts (ADR 19), and the size of each definition, which counts against them. Postgres computes the size,
 * so it is correct for old rows and for rows written by an instance of the previous release. Adding the column rewrites
 * the table once, which takes about a second for 100,000 definitions of 2 KiB.
 */
export class Quotas1764000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

/** Quotas have their own table, because account_settings contains only settings that the dispatchers receive too. */
const UP = `
  CREATE TABLE account_quotas (
    account_id text PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    max_actions integer CHECK (max_actions >= 0),
    max_definition_bytes bigint CHECK (max_definition_bytes >= 0),
    max_api_keys integer CHECK (max_api_keys >= 0)
  );
  COMMENT ON TABLE account_quotas IS 'no row, or null: the default of the deployment';

  ALTER TABLE webhook_definitions ADD COLUMN definition_bytes integer NOT NULL GENERATED ALWAYS AS (
    octet_length(url) + octet_length(headers::text) + octet_length(coalesce(payload_template, ''))
    + octet_length(response_mapping::text) + octet_length(coalesce(auth_sealed, ''))
  ) STORED;
  CREATE INDEX webhook_definitions_by_account
    ON webhook_definitions (account_id) INCLUDE (definition_bytes) WHERE deleted_at IS NULL;
  CREATE INDEX api_keys_not_revoked ON api_keys (account_id, created_at, id) WHERE revoked_at IS NULL;
`;

const DOWN = `
  DROP INDEX api_keys_not_revoked;
  DROP INDEX webhook_definitions_by_account;
  ALTER TABLE webhook_definitions DROP COLUMN definition_bytes;
  DROP TABLE account_quotas;
`;

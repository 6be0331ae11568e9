import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Accounts and their configuration. Every table except `accounts` has a column `account_id`, and queries on behalf of
 * an account filter by it. Columns of type `json` (not `jsonb`) keep the order of their keys: headers are shown and
 * sent in the order given.
 */
export class Configuration1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE webhook_definitions, account_settings, account_keys, api_keys, accounts
    `);
  }
}

const UP = `
  CREATE TABLE accounts (
    id text PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    account_id text REFERENCES accounts ON DELETE CASCADE,
    key_hash bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    last_used_at timestamptz
  );
  COMMENT ON COLUMN api_keys.account_id IS 'null: a key of the operator, for no account';
  COMMENT ON COLUMN api_keys.key_hash IS 'SHA-256 of the key';
  CREATE INDEX api_keys_by_account ON api_keys (account_id, created_at);

  CREATE TABLE account_keys (
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    dek_id text NOT NULL,
    kek_id text NOT NULL,
    wrapped bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'decrypt_only')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, dek_id)
  );
  CREATE UNIQUE INDEX account_keys_one_active ON account_keys (account_id) WHERE state = 'active';

  CREATE TABLE account_settings (
    account_id text PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    max_in_flight integer NOT NULL CHECK (max_in_flight > 0),
    max_in_flight_per_endpoint integer NOT NULL CHECK (max_in_flight_per_endpoint > 0),
    rate_per_second double precision CHECK (rate_per_second > 0),
    burst integer CHECK (burst > 0),
    paused_endpoints text[] NOT NULL DEFAULT '{}',
    suspended boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE webhook_definitions (
    action_id uuid PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    workflow_id text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    enabled boolean NOT NULL,
    paused boolean NOT NULL DEFAULT false,
    url text NOT NULL,
    method text NOT NULL CHECK (method IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
    headers json NOT NULL DEFAULT '{}',
    payload_template text,
    content_kind text NOT NULL DEFAULT 'json',
    auth_type text NOT NULL CHECK (auth_type IN ('none', 'basic', 'bearer', 'api_key')),
    auth_header_name text,
    auth_sealed bytea,
    signing_sealed_secrets bytea[],
    signing_grace_until timestamptz,
    timeout_ms integer NOT NULL CHECK (timeout_ms BETWEEN 1000 AND 120000),
    retry_enabled boolean NOT NULL,
    retry_max_attempts integer NOT NULL CHECK (retry_max_attempts BETWEEN 1 AND 5),
    ssl_verify boolean NOT NULL,
    response_mapping json NOT NULL DEFAULT '{}',
    endpoint_rate_limit double precision CHECK (endpoint_rate_limit > 0),
    store_bodies boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
  );
  COMMENT ON COLUMN webhook_definitions.payload_template IS 'JSON text of the template; null: no body';
  CREATE INDEX webhook_definitions_by_workflow
    ON webhook_definitions (account_id, workflow_id, created_at, action_id) WHERE deleted_at IS NULL;
`;

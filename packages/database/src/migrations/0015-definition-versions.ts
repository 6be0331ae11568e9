import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds drafts and published versions of webhook definitions, and ids that customers choose (ADR 37). Both tables have
 * the columns of webhook_definitions that a customer configures, except that versions have no secrets. The current
 * state of each definition becomes its first known version. Versions are history: they do not refer to their account,
 * because an account may have too many of them to be removed in the transaction that deletes the account.
 */
export class DefinitionVersions1764000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE webhook_definition_versions, webhook_definition_drafts;
      ALTER TABLE webhook_definitions DROP COLUMN external_id
    `);
  }
}

const UP = `
  ALTER TABLE webhook_definitions
    ADD COLUMN external_id text CHECK (length(external_id) BETWEEN 1 AND 200);
  COMMENT ON COLUMN webhook_definitions.external_id IS
    'id that the customer chose; action_id is derived from it; null: none';

  CREATE TABLE webhook_definition_drafts (
    LIKE webhook_definitions INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED
  );
  ALTER TABLE webhook_definition_drafts
    DROP COLUMN version,
    DROP COLUMN paused,
    DROP COLUMN deleted_at,
    ADD COLUMN revision bigint NOT NULL CHECK (revision > 0),
    ADD COLUMN based_on bigint,
    ADD COLUMN credential_inherited boolean NOT NULL,
    ADD COLUMN signing_inherited boolean NOT NULL,
    ADD PRIMARY KEY (account_id, action_id),
    ADD FOREIGN KEY (account_id) REFERENCES accounts ON DELETE CASCADE;
  COMMENT ON COLUMN webhook_definition_drafts.based_on IS
    'version that was published when the draft was saved; null: none was';
  COMMENT ON COLUMN webhook_definition_drafts.credential_inherited IS
    'the credential is that of the published definition, auth_sealed is null; signing_inherited likewise';
  CREATE INDEX webhook_definition_drafts_by_workflow
    ON webhook_definition_drafts (account_id, workflow_id, created_at, action_id);

  CREATE TABLE webhook_definition_versions (
    LIKE webhook_definitions INCLUDING DEFAULTS INCLUDING CONSTRAINTS
  );
  ALTER TABLE webhook_definition_versions
    DROP COLUMN definition_bytes,
    DROP COLUMN auth_sealed,
    DROP COLUMN signing_sealed_secrets,
    DROP COLUMN signing_grace_until,
    DROP COLUMN external_id,
    DROP COLUMN created_at,
    DROP COLUMN deleted_at,
    ADD COLUMN credential_set boolean NOT NULL,
    ADD COLUMN signed boolean NOT NULL,
    ADD COLUMN replaced_at timestamptz,
    ADD COLUMN definition_bytes integer NOT NULL GENERATED ALWAYS AS (
      octet_length(url) + octet_length(headers::text) + octet_length(coalesce(payload_template, ''))
      + octet_length(response_mapping::text) + octet_length(auth_settings::text)
    ) STORED,
    ADD PRIMARY KEY (account_id, action_id, version);
  ALTER TABLE webhook_definition_versions RENAME COLUMN updated_at TO published_at;
  COMMENT ON TABLE webhook_definition_versions IS 'published definitions, without their secrets';
  COMMENT ON COLUMN webhook_definition_versions.replaced_at IS 'null: the newest';
  CREATE INDEX webhook_definition_versions_replaced
    ON webhook_definition_versions (replaced_at) WHERE replaced_at IS NOT NULL;

  INSERT INTO webhook_definition_versions (
      action_id, account_id, workflow_id, version, enabled, paused, url, method, headers, payload_template,
      content_kind, auth_type, auth_header_name, auth_settings, timeout_ms, retry_enabled, retry_max_attempts,
      ssl_verify, response_mapping, endpoint_rate_limit, store_bodies, retry_schedule, retry_on, success_on,
      follow_redirects, resend_on_reset, header_encoding, published_at, credential_set, signed)
    SELECT
      action_id, account_id, workflow_id, version, enabled, paused, url, method, headers, payload_template,
      content_kind, auth_type, auth_header_name, auth_settings, timeout_ms, retry_enabled, retry_max_attempts,
      ssl_verify, response_mapping, endpoint_rate_limit, store_bodies, retry_schedule, retry_on, success_on,
      follow_redirects, resend_on_reset, header_encoding, updated_at,
      auth_sealed IS NOT NULL, signing_sealed_secrets IS NOT NULL
    FROM webhook_definitions WHERE deleted_at IS NULL;
`;

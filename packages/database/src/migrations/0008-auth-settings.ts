import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the authentication settings that are not secret (ADR 22). The API checks whether a kind exists; the table checks
 * only the form of its name, so that a new kind needs no migration. The settings count against the quota of an account
 * (ADR 19). The expression of a generated column cannot be changed, so the size column is created again, which rewrites
 * the table once.
 */
export class AuthSettings1764000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
  ALTER TABLE webhook_definitions
    ADD COLUMN auth_settings json NOT NULL DEFAULT '{}',
    DROP CONSTRAINT webhook_definitions_auth_type_check,
    ADD CONSTRAINT webhook_definitions_auth_type_check CHECK (auth_type ~ '^[a-z0-9_]{1,40}$');
  ${definitionBytes("+ octet_length(coalesce(nullif(auth_settings::text, '{}'), ''))")}
`;

/**
 * Uses NOT VALID, so that rows with a newer kind remain and can be deleted or changed to a kind of the previous
 * release.
 */
const DOWN = `
  ${definitionBytes('')}
  ALTER TABLE webhook_definitions
    DROP COLUMN auth_settings,
    DROP CONSTRAINT webhook_definitions_auth_type_check,
    ADD CONSTRAINT webhook_definitions_auth_type_check
      CHECK (auth_type IN ('none', 'basic', 'bearer', 'api_key')) NOT VALID;
`;

/** Re-creates the size column that counts against a quota, and the index that includes it. */
function definitionBytes(settings: string): string {
  return `
    DROP INDEX webhook_definitions_by_account;
    ALTER TABLE webhook_definitions DROP COLUMN definition_bytes;
    ALTER TABLE webhook_definitions ADD COLUMN definition_bytes integer NOT NULL GENERATED ALWAYS AS (
      octet_length(url) + octet_length(headers::text) + octet_length(coalesce(payload_template, ''))
      + octet_length(response_mapping::text) + octet_length(coalesce(auth_sealed, '')) ${settings}
    ) STORED;
    CREATE INDEX webhook_definitions_by_account
      ON webhook_definitions (account_id) INCLUDE (definition_bytes) WHERE deleted_at IS NULL;
  `;
}

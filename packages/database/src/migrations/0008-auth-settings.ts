import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Settings of an authentication that are not secret (ADR 22). Which kinds there are is the API's to check; the table keeps
 * their form alone, so that a new kind needs no migration.
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
`;

/** NOT VALID: rows with a newer kind stay, and can be deleted or changed to one that the release before knows. */
const DOWN = `
  ALTER TABLE webhook_definitions
    DROP COLUMN auth_settings,
    DROP CONSTRAINT webhook_definitions_auth_type_check,
    ADD CONSTRAINT webhook_definitions_auth_type_check
      CHECK (auth_type IN ('none', 'basic', 'bearer', 'api_key')) NOT VALID;
`;

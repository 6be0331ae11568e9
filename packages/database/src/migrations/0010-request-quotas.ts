import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Quotas for what an account may send (ADR 27): for requests to the API, enforced by config-api, and for stored bytes,
 * enforced by dispatchers and therefore a column of account_settings, which dispatchers receive.
 */
export class RequestQuotas1764000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
  ALTER TABLE account_quotas
    ADD COLUMN api_requests_per_second integer CHECK (api_requests_per_second > 0),
    ADD COLUMN definition_changes_per_second integer CHECK (definition_changes_per_second > 0),
    ADD COLUMN executions_per_second integer CHECK (executions_per_second > 0);
  ALTER TABLE account_settings
    ADD COLUMN max_stored_bytes_per_day bigint CHECK (max_stored_bytes_per_day >= 0);
`;

const DOWN = `
  ALTER TABLE account_settings DROP COLUMN max_stored_bytes_per_day;
  ALTER TABLE account_quotas
    DROP COLUMN api_requests_per_second,
    DROP COLUMN definition_changes_per_second,
    DROP COLUMN executions_per_second;
`;

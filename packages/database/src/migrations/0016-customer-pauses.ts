import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the endpoints that a customer paused. They are separate from those that the administrator paused, because the
 * administrator replaces the settings as a whole (ADR 38). The statements of an earlier release do not change the
 * column.
 */
export class CustomerPauses1764000000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE account_settings
        ADD COLUMN customer_paused_endpoints text[] NOT NULL DEFAULT '{}'
          CHECK (cardinality(customer_paused_endpoints) <= 200);
      COMMENT ON COLUMN account_settings.customer_paused_endpoints IS
        'endpoints paused over the API by keys of the account; paused_endpoints are those of the administrator'
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE account_settings DROP COLUMN customer_paused_endpoints');
  }
}

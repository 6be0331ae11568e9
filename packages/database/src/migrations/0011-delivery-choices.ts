import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the delivery choices of a webhook beyond R-007, the redirects that an attempt followed, and the webhooks to
 * pause because their endpoint responded with 410 (ADR 34). Each default is the behaviour of the previous release, so
 * the rows and statements of that release stay valid. The choices do not count against a quota, because the checks
 * below bound them.
 */
export class DeliveryChoices1764000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE webhook_definitions
        ADD COLUMN retry_schedule integer[] CHECK (cardinality(retry_schedule) BETWEEN 1 AND 20),
        ADD COLUMN retry_on text CHECK (length(retry_on) <= 200),
        ADD COLUMN success_on text CHECK (length(success_on) <= 200),
        ADD COLUMN follow_redirects boolean NOT NULL DEFAULT false,
        ADD COLUMN resend_on_reset boolean NOT NULL DEFAULT false,
        ADD COLUMN header_encoding text NOT NULL DEFAULT 'percent'
          CHECK (header_encoding IN ('percent', 'utf8'));
      ALTER TABLE webhook_attempts ADD COLUMN redirects json;
      CREATE TABLE gone_webhooks (
        account_id text NOT NULL,
        action_id text NOT NULL,
        definition_version bigint NOT NULL,
        answered_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (account_id, action_id)
      );
      COMMENT ON TABLE gone_webhooks IS
        'webhooks whose endpoint answered 410 Gone: written by log-ingestor, paused and removed by config-api';
      COMMENT ON COLUMN webhook_attempts.redirects IS 'redirects that were followed; null: none';
      COMMENT ON COLUMN webhook_definitions.retry_schedule IS 'waits in ms; null: the waits of R-007'
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE gone_webhooks;
      ALTER TABLE webhook_attempts DROP COLUMN redirects;
      ALTER TABLE webhook_definitions
        DROP COLUMN retry_schedule, DROP COLUMN retry_on, DROP COLUMN success_on,
        DROP COLUMN follow_redirects, DROP COLUMN resend_on_reset, DROP COLUMN header_encoding
    `);
  }
}

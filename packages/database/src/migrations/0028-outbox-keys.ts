import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds an index that finds the unpublished rows of a record key, which a newer row of that key replaces (ADR 27). */
export class OutboxKeys1764000000028 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX outbox_unpublished_keys ON outbox (topic, record_key) WHERE published_at IS NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX outbox_unpublished_keys');
  }
}

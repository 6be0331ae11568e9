import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Makes portal tokens separate actors in the audit log (ADR 49), because a user of the product must not look like a
 * person who signed in through the identity provider. Earlier entries stay as they were written.
 */
export class AuditLogPortal1764000000027 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
  ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_actor_check,
    ADD CONSTRAINT audit_log_actor_check CHECK (actor IN ('api_key', 'admin', 'system', 'person', 'portal'));
`;

/**
 * Converts the entries of portal tokens to the form that earlier releases write: the actor is the key that made the
 * token; without a key, the token's user; otherwise the administrator.
 */
const DOWN = `
  UPDATE audit_log
     SET actor = CASE WHEN key_id IS NOT NULL THEN 'api_key' WHEN person_subject IS NOT NULL THEN 'person' ELSE 'admin' END
   WHERE actor = 'portal';
  ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_actor_check,
    ADD CONSTRAINT audit_log_actor_check CHECK (actor IN ('api_key', 'admin', 'system', 'person'));
`;

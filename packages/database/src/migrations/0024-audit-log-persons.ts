import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds to the audit log the person who acted (ADR 48): a user who signed in through the identity provider, or the user
 * of the product whom a portal token names (ADR 49).
 */
export class AuditLogPersons1764000000024 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
  ALTER TABLE audit_log
    ADD COLUMN person_subject text,
    ADD COLUMN person_name text,
    ADD COLUMN person_email text,
    DROP CONSTRAINT audit_log_actor_check,
    ADD CONSTRAINT audit_log_actor_check CHECK (actor IN ('api_key', 'admin', 'system', 'person'));
  COMMENT ON COLUMN audit_log.person_subject IS 'id at the identity provider, or in the product that made the portal token';
`;

/**
 * Earlier releases do not support persons. A person's entry with an account becomes an entry of a key, because a person
 * who belongs to an account has at most the rights of a key (an operator's entry with an account is converted in the
 * same way); any other becomes an entry of the administrator.
 */
const DOWN = `
  UPDATE audit_log SET actor = CASE WHEN account_id IS NULL THEN 'admin' ELSE 'api_key' END WHERE actor = 'person';
  ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_actor_check,
    ADD CONSTRAINT audit_log_actor_check CHECK (actor IN ('api_key', 'admin', 'system')),
    DROP COLUMN person_subject, DROP COLUMN person_name, DROP COLUMN person_email;
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keys that expire, and the scopes `read:bodies` and `admin` (ADR 42). Existing keys keep their abilities: previously,
 * `read` included bodies, and `write` included managing keys.
 *
 * The down migration does not widen what a key may do. A scope `read` or `write` without its companion (`read:bodies`,
 * `admin`) is renamed, so that an earlier release refuses it and the next up migration can restore it. The column
 * `expires_at` stays, because a key without its expiry would be valid forever.
 *
 * The targets of the audit log are indexed by their beginning, because a target, which may have 2,048 characters, can
 * be too long for an index entry.
 */
export class ScopesAndExpiry1764000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
  ALTER TABLE api_keys ADD COLUMN IF NOT EXISTS expires_at timestamptz;
  COMMENT ON COLUMN api_keys.expires_at IS 'null: the key does not expire';
  UPDATE api_keys SET scopes = scopes || '{read:bodies}'
   WHERE scopes @> '{read}' AND NOT scopes @> '{read:bodies}';
  UPDATE api_keys SET scopes = scopes || '{admin}' WHERE scopes @> '{write}' AND NOT scopes @> '{admin}';
  UPDATE api_keys SET scopes = array_replace(array_replace(scopes, 'read:limited', 'read'), 'write:limited', 'write')
   WHERE scopes && '{read:limited,write:limited}';
  CREATE INDEX accounts_by_age ON accounts (created_at, id);
  CREATE INDEX audit_log_by_target ON audit_log (account_id, left(target, 200), at DESC, id DESC);
`;

const DOWN = `
  DROP INDEX audit_log_by_target;
  DROP INDEX accounts_by_age;
  UPDATE api_keys SET scopes = array_replace(scopes, 'read', 'read:limited')
   WHERE scopes @> '{read}' AND NOT scopes @> '{read:bodies}';
  UPDATE api_keys SET scopes = array_replace(scopes, 'write', 'write:limited')
   WHERE scopes @> '{write}' AND NOT scopes @> '{admin}';
  UPDATE api_keys SET scopes = array_remove(scopes, 'read:bodies') WHERE scopes @> '{read,read:bodies}';
  UPDATE api_keys SET scopes = array_remove(scopes, 'admin') WHERE scopes @> '{write,admin}';
`;

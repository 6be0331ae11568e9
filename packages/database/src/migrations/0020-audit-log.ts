import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit log, and the accounts that were deleted (ADR 42).
 *
 * The log refers to no other table, because an entry outlives the key that made the change. Its times are those of
 * `clock_timestamp`, because a transaction may have waited since its `now`, and are truncated to milliseconds, the
 * precision of page cursors.
 *
 * `idempotency_keys` no longer refers to accounts, because an account may have millions of these rows, which are
 * removed in batches after the account, not in the transaction that deletes the account.
 */
export class AuditLog1764000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
  CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text,
    at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
    actor text NOT NULL CHECK (actor IN ('api_key', 'admin', 'system')),
    key_id uuid,
    key_name text,
    address text,
    action text NOT NULL CHECK (length(action) <= 100),
    target text NOT NULL,
    before json,
    after json
  );
  COMMENT ON TABLE audit_log IS 'changes and actions over the API; secrets never';
  COMMENT ON COLUMN audit_log.account_id IS 'null: an action of the operator that concerns no account';
  COMMENT ON COLUMN audit_log.before IS 'as the API showed the target before; long fields are cut';
  CREATE INDEX audit_log_by_account ON audit_log (account_id, at DESC, id DESC);
  CREATE INDEX audit_log_by_age ON audit_log (at);

  CREATE TABLE deleted_accounts (
    id text PRIMARY KEY,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    deleted_by text NOT NULL CHECK (deleted_by IN ('admin')),
    emptied_at timestamptz
  );
  COMMENT ON COLUMN deleted_accounts.emptied_at IS 'when no table had rows of it any more; null: not yet';
  CREATE INDEX deleted_accounts_to_empty ON deleted_accounts (deleted_at) WHERE emptied_at IS NULL;

  ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_account_id_fkey;
`;

const DOWN = `
  DELETE FROM idempotency_keys WHERE account_id NOT IN (SELECT id FROM accounts);
  ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_account_id_fkey
    FOREIGN KEY (account_id) REFERENCES accounts ON DELETE CASCADE;
  DROP TABLE deleted_accounts, audit_log;
`;

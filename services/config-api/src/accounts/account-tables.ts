/**
 * Tables with rows of an account, and how these go when the account is deleted. Every table with a column `account_id` is
 * here; a test compares this with Postgres.
 */

/**
 * Emptied in the background, in batches, in this order. A table needs an index that begins with `account_id`. Add a new
 * table of history here.
 */
export const EMPTIED_TABLES = [
  'webhook_attempts',
  'webhook_executions',
  'webhook_dead_letters',
  'gone_webhooks',
  'idempotency_keys',
  'audit_log',
] as const;

/** Removed with the row of the account, by `ON DELETE CASCADE`: what its quotas keep small. */
export const CASCADED_TABLES = [
  'account_keys',
  'account_quotas',
  'account_settings',
  'api_keys',
  'test_calls',
  'webhook_definitions',
] as const;

/** Tables that keep rows of a deleted account, each with the reason. */
export const EXCEPTED_TABLES: Readonly<Record<string, string>> = {
  outbox: 'tells the dispatchers of the deletion; rows are removed a day after they were published',
};

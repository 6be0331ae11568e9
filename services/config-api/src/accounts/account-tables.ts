/**
 * Tables with rows of an account, grouped by what a deletion of the account does to them. Every table with a column
 * `account_id` is listed; a test compares this list with Postgres.
 */
export const ACCOUNT_TABLES = {
  /**
   * Emptied in the background, in batches, in this order. Each table needs an index that begins with `account_id`. Add
   * new history tables here.
   */
  emptied: [
    'webhook_attempts',
    'webhook_waits',
    'webhook_executions',
    'analytics_marks',
    'analytics_minutes',
    'analytics_rollups',
    'webhook_dead_letters',
    'webhook_definition_versions',
    'gone_webhooks',
    'idempotency_keys',
    'audit_log',
    'idempotent_responses',
    // log-ingestor leaves out the counts of deleted accounts, so it does not write these rows again.
    'webhook_ledger_accounts',
    'replay_job_items',
    'replay_jobs',
  ],
  /**
   * Removed with the row of the account, by `ON DELETE CASCADE`. This is fast, because quotas keep these tables small.
   */
  cascaded: [
    'account_cancellations',
    'account_keys',
    'account_quotas',
    'account_settings',
    'api_keys',
    'execution_watches',
    'test_calls',
    'webhook_definition_drafts',
    'webhook_definitions',
  ],
  /**
   * Not emptied. `outbox` contains the records that notify the dispatchers of the deletion; its rows are removed a day
   * after they were published.
   */
  excepted: ['outbox'],
} as const;

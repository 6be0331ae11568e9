/** Conditions that should alert an operator, by metric. Metrics that are not listed here are for dashboards. */
export const METRIC_ALERTS: Readonly<Record<string, string>> = {
  hookline_request_to_call_seconds:
    'p99 is above 1 s for 10 minutes: the dispatchers have reached their capacity, or Kafka is slow.',
  hookline_executions_completed_total:
    'The rate is 0 for 5 minutes while webhook.requested grows: no dispatcher makes progress.',
  hookline_deferrals_total:
    'The rate with reason overflow stays above 0 for 10 minutes: the backlog does not fit into memory.',
  hookline_unopened_secrets_total:
    'cause="other_destination" increases even once: a definition was published that would send a stored credential elsewhere. Another cause grows for 5 minutes: executions wait or end because a secret cannot be opened. docs/operations/credential-binding.md describes what to do.',
  hookline_misrouted_requests_total:
    'The rate is a large share of all requests: because of the partitioner of an engine, each of them needs a second record.',
  hookline_requests_over_quota_total:
    'It increases even once: the requests of an account end as quota_exceeded. The log names the account; raise its max_stored_bytes_per_day if its traffic is legitimate.',
  hookline_records_in_hand:
    'It is above 45 % of HOOKLINE_MAX_UNFINISHED for 10 minutes: add dispatchers, up to one per partition. A burst to one endpoint fills only half, because its further records overflow into the delay lanes.',
  hookline_parked_attempts:
    'It stays above 200,000: paused work of further accounts soon waits an hour at a time (ADR 38). The log of releases and GET /api/v1/webhook-endpoints show what is paused.',
  hookline_calls_in_flight:
    'It stays at HOOKLINE_MAX_IN_FLIGHT for 10 minutes: all slots are in use; add dispatchers or raise the limit.',
  hookline_definition_bytes: 'It approaches what the memory of a dispatcher allows (ADR 19).',
  hookline_evaluation_loop_cpu_seconds:
    'Observations above 0.05 grow: an evaluation is larger than its sizes suggested (ADR 26); report it.',
  hookline_pooled_evaluations_total:
    'The rate with result="out_of_time" or "out_of_memory" stays above 1 per second for 10 minutes: an account causes costly evaluations; its executions succeed, but parts of their responses are withheld.',
  hookline_pooled_evaluations_waiting:
    'It stays above 100 for 10 minutes: many accounts have large templates or responses; raise HOOKLINE_EVALUATION_THREADS or add instances.',
  hookline_endpoint_state_writes_total:
    'result="failed" grows for 10 minutes: Redis is unavailable. Delivery continues without it.',
  hookline_dead_letters_total:
    'It increases even once: a record could not be processed. The log line and GET /api/v1/dead-letters explain what to do.',
  hookline_lane_lateness_seconds:
    'p99 is above 5 s for 10 minutes: retries start late; add retry schedulers.',
  hookline_unaccounted_executions:
    'It is above 0 for a minute: executions were lost. The log and GET /api/v1/ledger name them; publish their requests again, or cancel them.',
  hookline_ledger_lag_seconds:
    'p95 is above 60 s for 10 minutes: the ledger is behind, so it does not cover the last minutes; add instances of log-ingestor.',
  hookline_ingest_lag_seconds: 'p95 is above 60 s for 10 minutes: history is behind; check Postgres.',
  hookline_ingest_records_total:
    'outcome="unstorable" or "over_quota" grows: dead letters are kept only in their topic.',
  hookline_account_changes_waiting:
    'It is above 100 for 5 minutes: one account changes its definitions faster than Postgres stores them, and its further changes will be refused.',
  hookline_http_request_duration_seconds: 'The rate with status 500 is above 0 for 5 minutes.',
  hookline_api_authentication_failures_total:
    'The rate rises suddenly: a revoked key is still in use, or someone is guessing keys.',
  hookline_outbox_published_total:
    'The rate is 0 while definitions are saved: dispatchers keep calling the earlier versions.',
};

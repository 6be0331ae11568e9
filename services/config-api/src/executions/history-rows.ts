/** Rows of the history, which log-ingestor writes, as `pg` returns them: bigint as text, json parsed. */

import type { AttemptRedirect } from '@hookline/shared/contracts/events';

export interface HistoryRow {
  account_id: string;
  execution_id: string;
  accepted_at: Date;
  workflow_id: string;
  action_id: string;
  workflow_execution_id: string | null;
  step_id: string | null;
  status: 'pending' | 'retrying' | 'cancelling' | 'success' | 'error' | 'timeout' | 'cancelled';
  attempts: number;
  error_type: string | null;
  error_message: string | null;
  response_status: number | null;
  waits_for: string | null;
  next_attempt_at: Date | null;
  requested_at: Date;
  completed_at: Date | null;
  endpoint: string | null;
  replay_of: string | null;
}

export interface HistoryDetailRow extends HistoryRow {
  context: string | null;
  metadata: Record<string, string> | null;
  not_before: Date | null;
  expires_at: Date | null;
  /** JSON text of each mapped value, by its target. */
  mapped_fields: Record<string, string> | null;
  mapping_errors: Record<string, string> | null;
}

export interface AttemptRow {
  attempt: number;
  definition_version: string;
  status: 'success' | 'error' | 'timeout';
  error_type: string | null;
  error_message: string | null;
  request_url: string | null;
  request_method: string | null;
  request_headers: Record<string, string> | null;
  request_body: string | null;
  request_body_bytes: string | null;
  request_body_sha256: string | null;
  response_status: number | null;
  response_headers: Record<string, string> | null;
  response_body: string | null;
  response_body_bytes: string | null;
  response_body_bytes_read: string | null;
  response_truncated: boolean | null;
  queued_ms: string;
  queue_position: number | null;
  started_at: Date;
  duration_ms: string;
  next_attempt_at: Date | null;
  redirects: AttemptRedirect[] | null;
}

/** All waits of one attempt with the same reason. */
export interface WaitRow {
  attempt: number;
  reason: string;
  started_at: Date;
  until: Date;
  count: number;
  waited_ms: string;
}

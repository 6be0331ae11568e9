import type { AttemptStatus, ExecutionStatus } from '@hookline/shared/contracts/events';

/**
 * A history contains everything that was observed from outside during a run: one JSON object per line, in any order.
 * All times are epoch ms of one clock, because brokers, services, endpoints and the recorder ran on one machine.
 */
export type HistoryEvent =
  | SettingsEvent
  | AccountLimitsEvent
  | EndpointRateEvent
  | AcceptedEvent
  | RequestedEvent
  | WaitEvent
  | AttemptEvent
  | CompletedEvent
  | DeadLetterEvent
  | CallEvent
  | RowEvent
  | AttemptRowEvent
  | CommittedEvent
  | GainedEvent
  | ProcessEvent
  | BrokerAwayEvent;

export type EventKind = HistoryEvent['kind'];

/** Identity of an execution; only the two ids together are unique. */
interface ExecutionEvent {
  accountId: string;
  executionId: string;
}

/** Position of a record in Kafka. */
export interface Position {
  /** Name without prefix. */
  topic: string;
  partition: number;
  offset: number;
}

/** Position of a record and the time at which the broker appended it. */
export interface AppendedRecord extends Position {
  at: number;
}

/** Settings of the run; the limits are the documented defaults. Every history contains one such line. */
export interface SettingsEvent {
  kind: 'settings';
  /** Wait before the first retry; each further wait is `waitFactor` times as long. */
  baseWaitMs: number;
  waitFactor: number;
  /** Maximum number of retries after the first call. */
  maxRetries: number;
  /** Maximum numbers of calls in flight per account and per endpoint. */
  accountInFlight: number;
  endpointInFlight: number;
  /** Maximum difference between the times that two processes record for the same moment. */
  toleranceMs: number;
}

/** Limits of one account, in place of the defaults. */
export interface AccountLimitsEvent {
  kind: 'account-limits';
  accountId: string;
  inFlight: number;
  endpointInFlight: number;
  /** Calls per second and burst size; null: no rate limit. */
  rate: Rate | null;
}

export interface Rate {
  perSecond: number;
  burst: number;
}

export interface EndpointRateEvent {
  kind: 'endpoint-rate';
  accountId: string;
  endpoint: string;
  rate: Rate;
}

/** The engine received Kafka's acknowledgement of its request. */
export interface AcceptedEvent extends ExecutionEvent {
  kind: 'accepted';
  at: number;
  /** Whether the request is invalid on purpose, so that it may become a dead letter; false by default. */
  malformed?: boolean;
}

/** A record of `webhook.requested`. */
export interface RequestedEvent extends ExecutionEvent, AppendedRecord {
  kind: 'requested';
}

/** A record of `webhook.delayed`, of a delay lane, or of `webhook.due`. */
export interface WaitEvent extends ExecutionEvent, AppendedRecord {
  kind: 'delayed' | 'lane' | 'due';
  /** Number of the attempt to make. */
  attempt: number;
  deferrals: number;
  dueAt: number;
}

/** A record of `webhook.attempts`. */
export interface AttemptEvent extends ExecutionEvent, AppendedRecord {
  kind: 'attempt';
  attempt: number;
  status: AttemptStatus;
}

/** A record of `webhook.completed`. */
export interface CompletedEvent extends ExecutionEvent, AppendedRecord {
  kind: 'completed';
  status: ExecutionStatus;
  attempts: number;
}

/** A record of `webhook.dead-letter`, appended at `at`; the position is that of the record that was set aside. */
export interface DeadLetterEvent extends AppendedRecord {
  kind: 'dead-letter';
  error: string;
}

/** A call as the endpoint recorded it. */
export interface CallEvent extends ExecutionEvent {
  kind: 'call';
  /** The `webhook-attempt` header of the call. */
  attempt: number;
  /** Unique within the account. */
  endpoint: string;
  startedAt: number;
  /** Time at which the response was sent or the caller disconnected. */
  endedAt: number;
  /** Null: the caller disconnected before a response was sent. */
  status: number | null;
  /** Delay that the response requested with Retry-After. */
  retryAfterMs: number | null;
}

/** A row of `webhook_executions`. */
export interface RowEvent extends ExecutionEvent {
  kind: 'row';
  acceptedAt: number;
  status: string;
  attempts: number;
}

/** A row of `webhook_attempts`. */
export interface AttemptRowEvent extends ExecutionEvent {
  kind: 'attempt-row';
  attempt: number;
  status: string;
}

/** Offset that a group had committed at the time of a poll. */
export interface CommittedEvent {
  kind: 'committed';
  group: 'dispatcher' | 'retry-scheduler';
  topic: string;
  partition: number;
  /** The group has reported every record below this offset as done. */
  offset: number;
  at: number;
}

/** A dispatcher took over partitions and has read back the verdicts of earlier owners. */
export interface GainedEvent {
  kind: 'gained';
  process: string;
  partitions: number[];
  at: number;
}

/**
 * State change of a dispatcher process. Each start has its own `process` name. `started`: joined its group; `stopped`:
 * drained and left; `killed`: ended without draining; `frozen`, `thawed`: suspended and resumed.
 */
export interface ProcessEvent {
  kind: 'started' | 'stopped' | 'killed' | 'frozen' | 'thawed';
  process: string;
  at: number;
}

/** Kafka, or one of its brokers, was killed and worked normally again at `until`. */
export interface BrokerAwayEvent {
  kind: 'broker-away';
  at: number;
  until: number;
}

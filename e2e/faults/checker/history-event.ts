import type { AttemptStatus, ExecutionStatus } from '@hookline/shared/contracts/events';

/**
 * A history: what was seen from outside during a run, one JSON object a line, in any order. All times are epoch ms of
 * one clock: brokers, services, endpoints and whoever wrote the history ran on one machine.
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

/** Which execution; only the two ids together name one. */
interface OfExecution {
  accountId: string;
  executionId: string;
}

/** Where a record stands. */
export interface Position {
  /** Name without prefix. */
  topic: string;
  partition: number;
  offset: number;
}

/** A record, and when the broker appended it. */
export interface Placed extends Position {
  at: number;
}

/** What was promised to everybody. The first line of a history. */
export interface SettingsEvent {
  kind: 'settings';
  /** Wait before the first retry; each further one is `waitFactor` times as long. */
  baseWaitMs: number;
  waitFactor: number;
  /** Retries after the first call. */
  maxRetries: number;
  /** Calls in flight of an account and of an endpoint. */
  accountInFlight: number;
  endpointInFlight: number;
  /** How far two parts that note the same moment may differ. */
  toleranceMs: number;
}

/** What was promised to one account instead. */
export interface AccountLimitsEvent {
  kind: 'account-limits';
  accountId: string;
  inFlight: number;
  endpointInFlight: number;
  /** Calls a second, and how many at once; null: as many as come. */
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

/** The engine was told that its request is on Kafka. */
export interface AcceptedEvent extends OfExecution {
  kind: 'accepted';
  at: number;
}

/** A record of `webhook.requested`. */
export interface RequestedEvent extends OfExecution, Placed {
  kind: 'requested';
}

/** A record of `webhook.delayed`, of a delay lane, or of `webhook.due`. */
export interface WaitEvent extends OfExecution, Placed {
  kind: 'delayed' | 'lane' | 'due';
  /** The attempt to make. */
  attempt: number;
  deferrals: number;
  dueAt: number;
}

/** A record of `webhook.attempts`. */
export interface AttemptEvent extends OfExecution, Placed {
  kind: 'attempt';
  attempt: number;
  status: AttemptStatus;
}

/** A record of `webhook.completed`. */
export interface CompletedEvent extends OfExecution, Placed {
  kind: 'completed';
  status: ExecutionStatus;
  attempts: number;
}

/** A record of `webhook.dead-letter`; the position is that of the record set aside. */
export interface DeadLetterEvent extends Placed {
  kind: 'dead-letter';
  error: string;
}

/** A call as the endpoint saw it. */
export interface CallEvent extends OfExecution {
  kind: 'call';
  /** Its `webhook-attempt` header. */
  attempt: number;
  /** Unique within the account. */
  endpoint: string;
  startedAt: number;
  /** When the answer was given, or the caller hung up. */
  endedAt: number;
  /** Null: the caller hung up before there was an answer. */
  status: number | null;
  /** What the answer asked for by Retry-After. */
  retryAfterMs: number | null;
}

/** A row of `webhook_executions`. */
export interface RowEvent extends OfExecution {
  kind: 'row';
  acceptedAt: number;
  status: string;
  attempts: number;
}

/** A row of `webhook_attempts`. */
export interface AttemptRowEvent extends OfExecution {
  kind: 'attempt-row';
  attempt: number;
  status: string;
}

/** What a group had committed when somebody looked. */
export interface CommittedEvent {
  kind: 'committed';
  group: 'dispatcher' | 'retry-scheduler';
  topic: string;
  partition: number;
  /** Everything below is done, says the group. */
  offset: number;
  at: number;
}

/** A dispatcher took over partitions, and knows from now on what earlier owners did. */
export interface GainedEvent {
  kind: 'gained';
  process: string;
  partitions: number[];
  at: number;
}

/**
 * What became of a dispatcher process. Each start of a service has a name of its own.
 * `started`: it is a member of its group; `stopped`: it drained and left; `killed`: it is gone in the middle of things;
 * `frozen`, `thawed`: it stands still, and goes on.
 */
export interface ProcessEvent {
  kind: 'started' | 'stopped' | 'killed' | 'frozen' | 'thawed';
  process: string;
  at: number;
}

/** Kafka was killed, and took requests again at `until`. */
export interface BrokerAwayEvent {
  kind: 'broker-away';
  at: number;
  until: number;
}

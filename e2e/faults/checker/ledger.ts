import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type {
  AccountLimitsEvent,
  AttemptEvent,
  AttemptRowEvent,
  BrokerAwayEvent,
  CallEvent,
  CommittedEvent,
  CompletedEvent,
  DeadLetterEvent,
  EndpointRateEvent,
  GainedEvent,
  HistoryEvent,
  AppendedRecord,
  Position,
  ProcessEvent,
  RowEvent,
  SettingsEvent,
  WaitEvent,
} from './history-event.ts';

type Wait = Pick<WaitEvent, keyof AppendedRecord | 'attempt' | 'deferrals' | 'dueAt'>;
type Attempt = Pick<AttemptEvent, keyof AppendedRecord | 'attempt' | 'status'>;
type Outcome = Pick<CompletedEvent, keyof AppendedRecord | 'attempts' | 'status'>;
export type Call = Pick<
  CallEvent,
  'attempt' | 'endpoint' | 'startedAt' | 'endedAt' | 'status' | 'retryAfterMs'
>;
type Row = Pick<RowEvent, 'acceptedAt' | 'status' | 'attempts'>;
type AttemptRow = Pick<AttemptRowEvent, 'attempt' | 'status'>;

/** Everything that a history contains about one execution; the lists of records and calls are in order of time. */
export interface Execution extends ExecutionIdentity {
  /** Partition of its account; for a request that was never processed, the partition of its record. */
  partition: number;
  /** Whether the engine received Kafka's acknowledgement of the request. */
  acknowledged: boolean;
  /** Whether its request is invalid on purpose. */
  malformed: boolean;
  requested: AppendedRecord[];
  delayed: Wait[];
  lanes: Wait[];
  due: Wait[];
  attempts: Attempt[];
  outcomes: Outcome[];
  calls: Call[];
  rows: Row[];
  attemptRows: AttemptRow[];
}

export type AttemptStep = Pick<Wait, 'attempt' | 'deferrals'>;

/** A history grouped by execution. */
export interface Ledger {
  settings: SettingsEvent;
  accountLimits: ReadonlyMap<string, AccountLimitsEvent>;
  endpointRates: readonly EndpointRateEvent[];
  executions: readonly Execution[];
  deadLetters: readonly DeadLetterEvent[];
  committed: readonly CommittedEvent[];
  /** Events of processes and of Kafka, in order of time. */
  timeline: readonly (GainedEvent | ProcessEvent | BrokerAwayEvent)[];
}

/** Collects the events of a history one by one, keeping only the fields that guarantees use. */
export class LedgerKeeper {
  readonly #executions = new Map<string, Execution>();
  /** Stores each text once, because a few texts occur on very many lines. */
  readonly #texts = new Map<string, string>();
  readonly #accountLimits = new Map<string, AccountLimitsEvent>();
  readonly #endpointRates: EndpointRateEvent[] = [];
  readonly #deadLetters: DeadLetterEvent[] = [];
  readonly #committed: CommittedEvent[] = [];
  readonly #timeline: (GainedEvent | ProcessEvent | BrokerAwayEvent)[] = [];
  #settings: SettingsEvent | undefined;

  add(event: HistoryEvent): void {
    switch (event.kind) {
      case 'settings':
        this.#settings = event;
        return;
      case 'account-limits':
        this.#accountLimits.set(event.accountId, event);
        return;
      case 'endpoint-rate':
        this.#endpointRates.push(event);
        return;
      case 'dead-letter':
        this.#deadLetters.push(event);
        return;
      case 'committed':
        this.#committed.push(event);
        return;
      case 'gained':
      case 'started':
      case 'stopped':
      case 'killed':
      case 'frozen':
      case 'thawed':
      case 'broker-away':
        this.#timeline.push(event);
        return;
      default:
        this.#addToExecution(event);
    }
  }

  /** @throws Error if the history has no settings line */
  ledger(): Ledger {
    if (!this.#settings) throw new Error('the history has no settings line');
    const executions = [...this.#executions.values()];
    for (const execution of executions) sortByTime(execution);
    return {
      settings: this.#settings,
      accountLimits: this.#accountLimits,
      endpointRates: this.#endpointRates,
      executions,
      deadLetters: this.#deadLetters,
      committed: this.#committed,
      timeline: this.#timeline.sort((a, b) => a.at - b.at),
    };
  }

  #addToExecution(event: Extract<HistoryEvent, ExecutionIdentity>): void {
    const execution = this.#execution(event);
    if (event.kind === 'accepted') {
      execution.acknowledged = true;
      execution.malformed = event.malformed ?? false;
    } else if (event.kind === 'call') execution.calls.push(this.#callOf(event));
    else if (event.kind === 'row') execution.rows.push(rowOf(event));
    else if (event.kind === 'attempt-row') execution.attemptRows.push(attemptRowOf(event));
    else {
      if (event.kind !== 'requested') execution.partition = event.partition;
      else if (execution.partition === -1) execution.partition = event.partition;
      this.#addRecord(execution, event);
    }
  }

  #addRecord(execution: Execution, event: Extract<HistoryEvent, ExecutionIdentity & AppendedRecord>): void {
    const { partition, offset, at } = event;
    const place = { topic: this.#once(event.topic), partition, offset, at };
    if (event.kind === 'requested') execution.requested.push(place);
    else if (event.kind === 'attempt') {
      execution.attempts.push({ ...place, attempt: event.attempt, status: event.status });
    } else if (event.kind === 'completed') {
      execution.outcomes.push({ ...place, attempts: event.attempts, status: event.status });
    } else {
      const { attempt, deferrals, dueAt } = event;
      const list = { delayed: execution.delayed, lane: execution.lanes, due: execution.due }[event.kind];
      list.push({ ...place, attempt, deferrals, dueAt });
    }
  }

  #callOf({ attempt, endpoint, startedAt, endedAt, status, retryAfterMs }: CallEvent): Call {
    return { attempt, endpoint: this.#once(endpoint), startedAt, endedAt, status, retryAfterMs };
  }

  #execution(identity: ExecutionIdentity): Execution {
    const key = executionKey(identity);
    const known = this.#executions.get(key);
    if (known) return known;
    const execution: Execution = {
      accountId: this.#once(identity.accountId),
      executionId: identity.executionId,
      partition: -1,
      acknowledged: false,
      malformed: false,
      requested: [],
      delayed: [],
      lanes: [],
      due: [],
      attempts: [],
      outcomes: [],
      calls: [],
      rows: [],
      attemptRows: [],
    };
    this.#executions.set(key, execution);
    return execution;
  }

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}

function rowOf({ acceptedAt, status, attempts }: RowEvent): Row {
  return { acceptedAt, status, attempts };
}

function attemptRowOf({ attempt, status }: AttemptRowEvent): AttemptRow {
  return { attempt, status };
}

function sortByTime(execution: Execution): void {
  const { requested, delayed, lanes, due, attempts, outcomes } = execution;
  // Records of one partition may have equal times; their offsets then determine the order.
  const inOrder = (a: AppendedRecord, b: AppendedRecord): number => a.at - b.at || a.offset - b.offset;
  for (const records of [requested, delayed, lanes, due, attempts, outcomes]) records.sort(inOrder);
  execution.calls.sort((a, b) => a.startedAt - b.startedAt);
}

/** Whether the execution counts as accepted: acknowledged to the engine, or readable in `webhook.requested`. */
export function isAccepted({ acknowledged, requested }: Execution): boolean {
  return acknowledged || requested.length > 0;
}

/** Formats a position as a map key. */
export function positionKey({ topic, partition, offset }: Position): string {
  return `${topic}/${partition}@${offset}`;
}

import { DecodeError, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue, WebhookRequested } from '@hookline/shared/contracts/events';
import { executionKey, identityProblem } from '@hookline/shared/contracts/execution-identity';
import { peekRequestIds, type RequestIds } from '@hookline/shared/contracts/peek-request';
import { isWithin, LIMITS } from '@hookline/shared/contracts/limits';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { valueBytes, type ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { undecodableCause } from '@hookline/shared/dead-letters/dead-letters';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/parallel-options';
import { PublisherStoppedError, type Publisher } from '@hookline/shared/kafka/publish/publisher';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import type { Backlog } from '../backlog/backlog.ts';
import type { Place } from '../backlog/place.ts';
import type { DefinitionView } from '../definitions/definition-view.ts';
import type { Settle } from '../delivery/settle.ts';
import type { Delivery, Verdict } from '../delivery/verdict.ts';
import type { ExecutionWindow } from '../idempotency/execution-window.ts';
import type { Recall } from '../idempotency/recall.ts';
import { lookFrom, type RecordTimes } from '../idempotency/verdict-age.ts';
import type { DispatcherMetrics } from '../metrics.ts';
import { guessRequest } from './guess-request.ts';
import { boundAttempt, expiryOf, firstDueAt, readContext, type Refusal } from './request-limits.ts';
import type { Work } from './work.ts';

export interface TakeInDeps {
  registry: SchemaRegistry;
  publisher: Publisher;
  deadLetters: { setAside(record: ConsumedRecord, cause: SetAsideCause): Promise<void> };
  definitions: Pick<DefinitionView, 'definition'>;
  window: ExecutionWindow;
  recall: Pick<Recall, 'ask'>;
  backlog: Backlog;
  /** The endpoint that a request is for, as far as its definition is known, and the calls in flight it may have. */
  endpointOf: (ids: RequestIds) => { endpoint: string; maxInFlight: number };
  deliver: (work: Work, owns: Ownership) => Promise<Delivery>;
  settle: Settle;
  metrics: DispatcherMetrics;
  now: () => number;
}

export interface TakeInOptions {
  /** Partitions of the event topics. */
  partitions: number;
  /** How long verdicts are remembered, in ms; what is older is looked up in Kafka. */
  windowMs: number;
}

/** A record on its way to a verdict. */
interface Taken {
  record: ConsumedRecord;
  due: AttemptDue;
  /** It comes from webhook.requested, not out of the lanes. */
  fresh: boolean;
  /** Why it is refused before its context is read; null: it is not. */
  refusal: Refusal | null;
  owns: Ownership;
  /** In the backlog; null where the ids could not be read before decoding. */
  place: Place | null;
  /** When it came, epoch ms. */
  receivedAt: number;
}

/** How a record came to be processed. */
type Intaken = Pick<Taken, 'owns' | 'place' | 'receivedAt'>;

/** An outcome that is written without a call. */
const NOT_QUEUED = { parkedBehind: null, overflowUntil: null };

class Intake {
  readonly #deps: TakeInDeps;
  readonly #options: TakeInOptions;
  /** What is queued or in flight here, by execution: resolves when it no longer is. */
  readonly #inHand = new Map<string, Promise<void>>();

  constructor(deps: TakeInDeps, options: TakeInOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Not asynchronous itself: thousands of records may be parked, and each would keep its frame. */
  takeIn(record: ConsumedRecord, owns: Ownership): Promise<void> {
    faultPoint('intake.received');
    const receivedAt = this.#deps.now();
    const ids = record.value && peekRequestIds(record.value);
    if (!ids) return this.#process(record, { owns, place: null, receivedAt });
    if (this.#deps.backlog.isClosed) return Promise.reject(new StoppingError());
    const { accountId, executionId } = ids;
    const arrival = { accountId, executionId, bytes: valueBytes(record), ...this.#deps.endpointOf(ids) };
    let parked: PromiseWithResolvers<void> | undefined;
    const place = this.#deps.backlog.enter(arrival, (later) => {
      if (later) parked?.resolve(this.#processParked(record, { owns, place: later, receivedAt }));
      else parked?.reject(new StoppingError());
    });
    if (place) return this.#process(record, { owns, place, receivedAt });
    parked = Promise.withResolvers();
    return parked.promise;
  }

  /** The partition may have been lost while the record was parked; then the attempt belongs to the new owner. */
  async #processParked(record: ConsumedRecord, intaken: Intaken): Promise<void> {
    if (await intaken.owns()) return this.#process(record, intaken);
    intaken.place?.close();
    this.#deps.metrics.skipped.inc({ known: 'new_owner' });
  }

  async #process(record: ConsumedRecord, intaken: Intaken): Promise<void> {
    try {
      await this.#processOpen(record, intaken);
    } finally {
      intaken.place?.close();
    }
  }

  async #processOpen(record: ConsumedRecord, intaken: Intaken): Promise<void> {
    const fresh = record.topic === TOPICS.requested;
    const read = await this.#read(record, intaken);
    if (!read) return;
    const { due, refusal } = boundAttempt(read, this.#timeOf(record));
    const problem = identityProblem(due.request);
    if (problem !== null) {
      const error = `${problem}; set it in the producer and publish the request again`;
      return this.#deps.deadLetters.setAside(record, { reason: 'bad_identity', error });
    }
    try {
      // Unchanged, so that the account's owner refuses it too.
      if (fresh && this.#isMisrouted(record, due.request)) return await this.#reroute(record, read);
      await this.#once({ ...intaken, record, due, fresh, refusal });
    } catch (error) {
      if (error instanceof PublisherStoppedError || error instanceof StoppingError) throw error;
      await this.#giveUp({ ...intaken, record, due, fresh, refusal }, error);
    }
  }

  /** When the record was appended; now, if the broker has no time for it. */
  #timeOf({ appendedAt }: ConsumedRecord): number {
    return isWithin(LIMITS.time, appendedAt) ? appendedAt : this.#deps.now();
  }

  /** The attempt that a record asks for; undefined for one that cannot be read, which is then set aside. */
  async #read(record: ConsumedRecord, intaken: Intaken): Promise<AttemptDue | undefined> {
    const { registry } = this.#deps;
    const bytes = record.value ?? Buffer.alloc(0);
    try {
      return record.topic === TOPICS.requested
        ? firstAttempt(await registry.decode('WebhookRequested', bytes), this.#timeOf(record))
        : await registry.decode('AttemptDue', bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      await this.#setUnreadableAside(record, error, intaken);
      return undefined;
    }
  }

  /**
   * Dead-letters the record and, where the request in its bytes is beyond doubt, completes it as `unreadable_request`, so
   * that its workflow does not wait without end. This outcome is not a verdict: a readable copy is still processed, such as
   * the same record after it is redriven.
   */
  async #setUnreadableAside(
    record: ConsumedRecord,
    error: DecodeError,
    { owns, receivedAt }: Intaken,
  ): Promise<void> {
    const { deadLetters, definitions, settle, window } = this.#deps;
    const request =
      record.topic === TOPICS.requested && record.value !== null
        ? guessRequest(record.value, (actionId) => definitions.definition(actionId))
        : null;
    await deadLetters.setAside(record, { ...undecodableCause(error), execution: request });
    if (!request) return;
    const execution = executionKey(request);
    const due = firstAttempt(request, this.#timeOf(record));
    const isFree = (): boolean => !this.#inHand.has(execution) && window.known(execution, due, true) === null;
    if (!isFree()) return;
    const failure = failureOf('unreadable_request', error.message);
    const work = { ...due, ...NOT_QUEUED, context: {}, receivedAt, traceparent: traceparentOf(record) };
    const verdict: Verdict = { kind: 'completed', status: 'error', failure, attempt: null, answer: null };
    await settle(work, verdict, async () => (await owns()) && isFree());
  }

  /**
   * The last net: whatever a record did to us, it must not hold its partition back. It is set aside, and its execution
   * ends with an outcome that carries its ids alone.
   */
  async #giveUp({ record, due, owns, receivedAt }: Taken, error: unknown): Promise<void> {
    const deps = this.#deps;
    const reason = error instanceof Error ? error.message : String(error);
    await deps.deadLetters.setAside(record, {
      reason: 'processing_failed',
      error: `could not be processed: ${reason}`,
      execution: due.request,
      thrown: error,
    });
    const request = { ...due.request, metadata: {}, stepId: null, workflowExecutionId: null };
    const failure = failureOf('render_error', 'it could not be processed, see the dead letter');
    const verdict: Verdict = { kind: 'completed', status: 'error', failure, attempt: null, answer: null };
    const work = {
      ...due,
      request,
      context: {},
      receivedAt,
      traceparent: undefined,
      ...NOT_QUEUED,
    };
    if (await deps.settle(work, verdict, owns)) deps.window.completed(executionKey(request), deps.now());
  }

  #isMisrouted({ partition }: ConsumedRecord, { accountId }: WebhookRequested): boolean {
    return partition !== accountPartition(accountId, this.#options.partitions);
  }

  /** A foreign producer chose another partition; the account's owner takes it from here, with its acceptedAt. */
  async #reroute(record: ConsumedRecord, due: AttemptDue): Promise<void> {
    const { publisher, metrics } = this.#deps;
    metrics.misrouted.inc();
    const { accountId } = due.request;
    const value = encodeEvent('AttemptDue', due);
    const traceparent = traceparentOf(record);
    const headers = traceparent === undefined ? {} : { traceparent };
    await publisher.publish({ topic: TOPICS.due, accountId, key: accountId, value, headers });
    faultPoint('intake.reroute-acknowledged');
  }

  /**
   * Skips what is done already. What is in hand (asked for twice, or left running by an earlier tenure of this partition)
   * is waited for: only then is this record as good as done, or free to be taken.
   */
  async #once(taken: Taken): Promise<void> {
    const execution = executionKey(taken.due.request);
    await this.#recallVerdicts(taken);
    for (let running = this.#inHand.get(execution); running; running = this.#inHand.get(execution))
      await running;
    const known = this.#deps.window.known(execution, taken.due, taken.fresh);
    if (known === null) await this.#hold(execution, taken);
    else this.#deps.metrics.skipped.inc({ known });
  }

  /** A record so old that its verdict may be forgotten: what Kafka knows of it is read first. */
  async #recallVerdicts({ record, due, fresh }: Taken): Promise<void> {
    const { requestedAt } = due.request;
    const times: RecordTimes = fresh
      ? { fresh, appendedAt: record.appendedAt, requestedAt }
      : { fresh, dueAt: due.dueAt };
    const from = lookFrom(times, this.#deps.now(), this.#options.windowMs);
    if (from === null) return;
    await this.#deps.recall.ask({ execution: due.request, partition: record.partition, from });
  }

  /** Has the execution in hand until it is settled or given up. */
  async #hold(execution: string, taken: Taken): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#inHand.set(execution, done.promise);
    try {
      await this.#run(execution, taken);
    } finally {
      this.#inHand.delete(execution);
      done.resolve();
    }
  }

  async #run(
    execution: string,
    { record, due, fresh, refusal, owns, place, receivedAt }: Taken,
  ): Promise<void> {
    const { deadLetters, deliver, settle, window, metrics } = this.#deps;
    const parsed = refusal ? { refusal } : readContext(due.request);
    const work: Work = {
      ...due,
      context: 'context' in parsed ? parsed.context : {},
      reason: fresh ? null : due.reason,
      receivedAt,
      traceparent: traceparentOf(record),
      parkedBehind: place?.kind === 'open' ? place.parkedBehind : null,
      overflowUntil: place?.kind === 'overflow' ? place.dueAt : null,
    };
    if ('refusal' in parsed) {
      const { errorType, reason } = parsed.refusal;
      const error = `${errorType}: ${reason}`;
      await deadLetters.setAside(record, { reason: 'unusable_request', error, execution: due.request });
    }
    const verdict = 'refusal' in parsed ? refused(parsed.refusal) : await deliver(work, owns);
    if (verdict.kind === 'superseded') return metrics.skipped.inc({ known: verdict.by });
    // Another owner may have had the partition in between, and decided.
    const mayDecide = async (): Promise<boolean> =>
      (await owns()) && window.known(execution, due, fresh) === null;
    if (await settle(work, verdict, mayDecide)) this.#remember(execution, work, verdict);
  }

  #remember(execution: string, { attempt, deferrals }: Work, verdict: Verdict): void {
    const { window, now } = this.#deps;
    if (verdict.kind === 'completed') return window.completed(execution, now());
    const retry = verdict.kind === 'retry';
    const next = retry ? { attempt: attempt + 1, deferrals: 0 } : { attempt, deferrals: deferrals + 1 };
    window.delayed(execution, next, now());
  }
}

/**
 * The life of one record of `webhook.requested` or `webhook.due` in this process: decode, skip what is done already,
 * deliver, settle. Resolves when everything that follows from the record is acknowledged.
 */
export function createTakeIn(
  deps: TakeInDeps,
  options: TakeInOptions,
): (record: ConsumedRecord, owns: Ownership) => Promise<void> {
  const intake = new Intake(deps, options);
  // Asynchronous, so that an error leaves this record alone unfinished and does not end the batch that it came in.
  return async (record, owns) => intake.takeIn(record, owns);
}

/** W3C Trace Context, section 3.2; anything else is not carried on. */
function traceparentOf({ headers }: ConsumedRecord): string | undefined {
  const value = headers['traceparent'];
  return value !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value)
    ? value
    : undefined;
}

/** A request as the attempt it asks for. */
function firstAttempt(request: WebhookRequested, acceptedAt: number): AttemptDue {
  return {
    request,
    acceptedAt,
    expiresAt: expiryOf(request, acceptedAt),
    attempt: 1,
    dueAt: firstDueAt(request, acceptedAt),
    reason: 'misrouted',
    deferrals: 0,
    firstAttemptAt: null,
  };
}

function refused({ errorType, reason }: Refusal): Verdict {
  return {
    kind: 'completed',
    status: 'error',
    failure: failureOf(errorType, reason),
    attempt: null,
    answer: null,
  };
}

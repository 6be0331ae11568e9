import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type {
  AttemptDue,
  EventName,
  Events,
  WebhookDefinition,
  WebhookRequested,
} from '@hookline/shared/contracts/events';
import { identityProblem } from '@hookline/shared/contracts/execution-identity';
import { isWithin, LIMITS } from '@hookline/shared/contracts/limits';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Arrival, PendingAttempt } from '../attempt/pending-attempt.ts';
import { guessRequest } from './guess-request.ts';
import { type AttemptNumbers, boundAttempt, expiryOf, firstDueAt } from './request-limits.ts';

/** Result of reading a record of `webhook.requested` or `webhook.due`. */
export type IntakeResult =
  | { kind: 'attempt'; attempt: PendingAttempt }
  | MisroutedRequest
  | UnreadableRecord
  /** The record does not name an execution, so there can be no outcome. */
  | { kind: 'unidentified'; problem: string };

/** A request in a partition that is not its account's. */
interface MisroutedRequest {
  kind: 'misrouted';
  attempt: PendingAttempt;
  /**
   * Record for the account's own partition. Its numbers are unchanged, so that the dispatcher of that partition refuses
   * the request if a number is out of range.
   */
  forward: AttemptDue;
}

interface UnreadableRecord {
  kind: 'unreadable';
  error: DecodeError;
  /**
   * First attempt of the request, if the bytes leave no doubt about it; used to report an outcome, never for a call.
   */
  guessed: PendingAttempt | null;
}

interface ReadRecordDeps {
  registry: { decode<N extends EventName>(event: N, bytes: Buffer): Promise<Events[N]> };
  definitionOf: (actionId: string) => WebhookDefinition | undefined;
  /** Reads the definition that a request carries. */
  snapshots: { read(bytes: Buffer): Promise<WebhookDefinition | { problem: string }> };
  now: () => number;
}

interface ReadRecordOptions {
  /** Number of partitions of the event topics. */
  partitions: number;
}

/** An attempt without the circumstances of its arrival. */
type AttemptTerms = AttemptNumbers & Pick<PendingAttempt, 'reason'>;

/** Returns a function that reads a record into an attempt, and waits while the record's schema is unknown. */
export function createReadRecord(
  { registry, definitionOf, snapshots, now }: ReadRecordDeps,
  { partitions }: ReadRecordOptions,
): (record: ConsumedRecord, arrival: Arrival) => Promise<IntakeResult> {
  const decode = async (record: ConsumedRecord, acceptedAt: number): Promise<AttemptTerms> => {
    const bytes = record.value ?? Buffer.alloc(0);
    if (record.topic === TOPICS.requested) {
      return firstAttempt(withCanonicalId(await registry.decode('WebhookRequested', bytes)), acceptedAt);
    }
    const due = await registry.decode('AttemptDue', bytes);
    return { ...due, request: withCanonicalId(due.request) };
  };

  const guess = (record: ConsumedRecord, arrival: Arrival, acceptedAt: number): PendingAttempt | null => {
    if (record.topic !== TOPICS.requested || record.value === null) return null;
    const request = guessRequest(record.value, definitionOf);
    return (
      request && {
        ...pendingAttempt(record, arrival, { due: firstAttempt(request, acceptedAt), refusal: null }),
        snapshot: null,
      }
    );
  };

  const withSnapshot = async (attempt: Omit<PendingAttempt, 'snapshot'>): Promise<PendingAttempt> => {
    const { definitionSnapshot: bytes } = attempt.request;
    if (bytes === null || attempt.refusal) return { ...attempt, snapshot: null };
    const snapshot = await snapshots.read(bytes);
    if (!('problem' in snapshot)) return { ...attempt, snapshot };
    const reason = `definitionSnapshot cannot be read: ${snapshot.problem}`;
    return { ...attempt, snapshot: null, refusal: { errorType: 'render_error', reason } };
  };

  return async (record, arrival) => {
    // Uses the current time if the broker's append time is out of range.
    const acceptedAt = isWithin(LIMITS.time, record.appendedAt) ? record.appendedAt : now();
    let due: AttemptTerms;
    try {
      due = await decode(record, acceptedAt);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'unreadable', error, guessed: guess(record, arrival, acceptedAt) };
    }
    const problem = identityProblem(due.request);
    if (problem !== null) return { kind: 'unidentified', problem };
    const attempt = await withSnapshot(pendingAttempt(record, arrival, boundAttempt(due, acceptedAt)));
    const isMisrouted =
      due.reason === null && record.partition !== accountPartition(due.request.accountId, partitions);
    return isMisrouted
      ? { kind: 'misrouted', attempt, forward: { ...due, reason: 'misrouted' } }
      : { kind: 'attempt', attempt };
  };
}

/** An engine may write the id of an action in upper case; from here on, the id is spelled as in the definition. */
function withCanonicalId(request: WebhookRequested): WebhookRequested {
  return { ...request, actionId: canonicalId(request.actionId) };
}

/** Returns the first attempt of a request. */
function firstAttempt(request: WebhookRequested, acceptedAt: number): AttemptTerms {
  return {
    request,
    acceptedAt,
    expiresAt: expiryOf(request, acceptedAt),
    attempt: 1,
    dueAt: firstDueAt(request, acceptedAt),
    reason: null,
    deferrals: 0,
    firstAttemptAt: null,
  };
}

function pendingAttempt(
  record: ConsumedRecord,
  arrival: Arrival,
  { due, refusal }: { due: AttemptTerms; refusal: PendingAttempt['refusal'] },
): Omit<PendingAttempt, 'snapshot'> {
  return { ...due, ...arrival, refusal, traceparent: traceparentOf(record) };
}

/** Returns a trace context that follows W3C Trace Context, section 3.2; drops any other value. */
function traceparentOf({ headers }: ConsumedRecord): string | undefined {
  const value = headers['traceparent'];
  return value !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value)
    ? value
    : undefined;
}

import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue, WebhookDefinition, WebhookRequested } from '@hookline/shared/contracts/events';
import { identityProblem } from '@hookline/shared/contracts/execution-identity';
import { isWithin, LIMITS } from '@hookline/shared/contracts/limits';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import type { Arrival, PendingAttempt } from '../attempt/pending-attempt.ts';
import { guessRequest } from './guess-request.ts';
import { type AttemptNumbers, boundAttempt, expiryOf, firstDueAt } from './request-limits.ts';

/** What a record of `webhook.requested` or `webhook.due` asks for. */
export type ReadRecord =
  | { kind: 'attempt'; attempt: PendingAttempt }
  | MisroutedRequest
  | UnreadableRecord
  /** It names no execution, so there can be no outcome either. */
  | { kind: 'unidentified'; problem: string };

/** A request whose producer chose another partition than its account's. */
interface MisroutedRequest {
  kind: 'misrouted';
  attempt: PendingAttempt;
  /** For the account's owner: its numbers are as they came, so that it is refused there if it is to be refused. */
  forward: AttemptDue;
}

interface UnreadableRecord {
  kind: 'unreadable';
  error: DecodeError;
  /** The first attempt of the request in its bytes, if that is beyond doubt; good for an outcome, not for a call. */
  guessed: PendingAttempt | null;
}

interface ReadRecordDeps {
  registry: Pick<SchemaRegistry, 'decode'>;
  definitionOf: (actionId: string) => WebhookDefinition | undefined;
  now: () => number;
}

interface ReadRecordOptions {
  /** Partitions of the event topics. */
  partitions: number;
}

/** An attempt before anything is known of how it came here. */
type AttemptTerms = AttemptNumbers & Pick<PendingAttempt, 'reason'>;

/** Reads a record into the attempt it asks for; waits where its schema is still unknown. */
export function createReadRecord(
  { registry, definitionOf, now }: ReadRecordDeps,
  { partitions }: ReadRecordOptions,
): (record: ConsumedRecord, arrival: Arrival) => Promise<ReadRecord> {
  const decode = async (record: ConsumedRecord, acceptedAt: number): Promise<AttemptTerms> => {
    const bytes = record.value ?? Buffer.alloc(0);
    return record.topic === TOPICS.requested
      ? firstAttempt(await registry.decode('WebhookRequested', bytes), acceptedAt)
      : await registry.decode('AttemptDue', bytes);
  };

  const guess = (record: ConsumedRecord, arrival: Arrival, acceptedAt: number): PendingAttempt | null => {
    if (record.topic !== TOPICS.requested || record.value === null) return null;
    const request = guessRequest(record.value, definitionOf);
    return (
      request && pendingAttempt(record, arrival, { due: firstAttempt(request, acceptedAt), refusal: null })
    );
  };

  return async (record, arrival) => {
    // Now, if the broker has no time for it.
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
    const attempt = pendingAttempt(record, arrival, boundAttempt(due, acceptedAt));
    const isMisrouted =
      due.reason === null && record.partition !== accountPartition(due.request.accountId, partitions);
    return isMisrouted
      ? { kind: 'misrouted', attempt, forward: { ...due, reason: 'misrouted' } }
      : { kind: 'attempt', attempt };
  };
}

/** A request as the attempt it asks for. */
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
): PendingAttempt {
  return { ...due, ...arrival, refusal, traceparent: traceparentOf(record) };
}

/** W3C Trace Context, section 3.2; anything else is not carried on. */
function traceparentOf({ headers }: ConsumedRecord): string | undefined {
  const value = headers['traceparent'];
  return value !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value)
    ? value
    : undefined;
}

import { hash } from 'node:crypto';
import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { EventName, Events } from '@hookline/shared/contracts/events';
import { type ExecutionIdentity, identityProblem } from '@hookline/shared/contracts/execution-identity';
import { parseParkingKey } from '@hookline/shared/contracts/parked-attempts';
import { partialDecoder } from '@hookline/shared/contracts/partial-decoder';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { reasonIndex } from './account-counts.ts';
import { type ExecutionHash, type LedgerRecord, type RecordPlace, stepNumber } from './ledger-record.ts';
import { STAGE_INDEX } from './stages.ts';

/** Decodes the bytes of an event in full, as the schema registry does. */
interface EventDecoder {
  /** @throws DecodeError if the bytes cannot be read */
  decode<N extends EventName>(event: N, bytes: Buffer): Promise<Events[N]>;
}

const IDS = { executionId: true, accountId: true } as const;
const readRequest = partialDecoder('WebhookRequested', { ...IDS, requestedAt: true });
const readDue = partialDecoder('AttemptDue', {
  request: IDS,
  acceptedAt: true,
  attempt: true,
  deferrals: true,
  reason: true,
});
const readCompleted = partialDecoder('WebhookCompleted', { ...IDS, acceptedAt: true });
const readDeadLetter = partialDecoder('DeadLetter', {
  ...IDS,
  topic: true,
  offset: true,
  reason: true,
});

/**
 * Maximum age of a `requestedAt`, in ms, at which a dispatcher still looks up whether an earlier copy of the request
 * has ended (ADR 11).
 */
const MAX_LOOK_BACK_MS = 86_400_000;

/**
 * Returns a function that reads records of one topic, in their order, and returns the parts that the ledger needs.
 * Records that the ledger does not need are left out.
 */
export function createReadLedgerRecords(
  { decoder }: { decoder: EventDecoder },
  { partitions }: { partitions: number },
): (records: readonly ConsumedRecord[]) => Promise<LedgerRecord[]> {
  const decode = async <N extends EventName>(event: N, bytes: Buffer): Promise<Events[N] | null> => {
    try {
      return await decoder.decode(event, bytes);
    } catch (error) {
      if (error instanceof DecodeError) return null;
      throw error;
    }
  };

  /**
   * Reads a record that the partial decoders cannot read: it has the schema of another producer or release, or is
   * unreadable.
   */
  const readInFull = async (record: ConsumedRecord, bytes: Buffer): Promise<LedgerRecord | null> => {
    switch (record.topic.name) {
      case TOPICS.completed.name:
        return completed(record, await decode('WebhookCompleted', bytes));
      case TOPICS.deadLetter.name:
        return deadLetter(record, await decode('DeadLetter', bytes));
      case TOPICS.requested.name:
        return requested(record, await decode('WebhookRequested', bytes), partitions);
      default:
        return due(record, await decode('AttemptDue', bytes));
    }
  };

  /** Returns a promise only if it must wait, because a promise costs as much as reading a record. */
  const read = (record: ConsumedRecord): LedgerRecord | null | Promise<LedgerRecord | null> => {
    const bytes = record.value ?? Buffer.alloc(0);
    switch (record.topic.name) {
      case TOPICS.completed.name: {
        const event = readCompleted(bytes);
        return event ? completed(record, event) : readInFull(record, bytes);
      }
      case TOPICS.deadLetter.name: {
        const event = readDeadLetter(bytes);
        return event ? deadLetter(record, event) : readInFull(record, bytes);
      }
      case TOPICS.requested.name: {
        const event = readRequest(bytes);
        return event ? requested(record, event, partitions) : readInFull(record, bytes);
      }
      default: {
        if (record.topic === TOPICS.parked && record.value === null) return left(record);
        const event = readDue(bytes);
        return event ? due(record, event) : readInFull(record, bytes);
      }
    }
  };

  return async (records) => {
    const all: LedgerRecord[] = [];
    for (const record of records) {
      const one = read(record);
      const known = one instanceof Promise ? await one : one;
      if (known !== null) all.push(known);
    }
    return all;
  };
}

function requested(
  record: ConsumedRecord,
  event: (ExecutionIdentity & { requestedAt: number }) | null,
  partitions: number,
): LedgerRecord | null {
  const place = placeOf(record);
  const { appendedAt } = record;
  if (!event || identityProblem(event) !== null) return unreadable(record, place);
  const { accountId, requestedAt } = event;
  const isLookedUp = appendedAt - requestedAt <= MAX_LOOK_BACK_MS;
  return {
    kind: 'step',
    id: executionHash(event),
    accountId,
    place,
    appendedAt,
    step: stepNumber(1, 0),
    reason: 0,
    startedAt: isLookedUp ? Math.min(requestedAt, appendedAt) : appendedAt,
    isMisrouted: record.partition !== accountPartition(accountId, partitions),
  };
}

function due(
  record: ConsumedRecord,
  event:
    | (Pick<Events['AttemptDue'], 'acceptedAt' | 'attempt' | 'deferrals' | 'reason'> & {
        request: ExecutionIdentity;
      })
    | null,
): LedgerRecord | null {
  const place = placeOf(record);
  if (!event || identityProblem(event.request) !== null) return unreadable(record, place);
  return {
    kind: 'step',
    id: executionHash(event.request),
    accountId: event.request.accountId,
    place,
    appendedAt: record.appendedAt,
    step: stepNumber(event.attempt, event.deferrals),
    reason: reasonIndex(event.reason),
    startedAt: event.acceptedAt,
    isMisrouted: false,
  };
}

/** Reads the tombstone of a parked attempt; the key of the tombstone names the step. */
function left({ topic, key, appendedAt }: ConsumedRecord): LedgerRecord | null {
  const parking = parseParkingKey(key?.toString() ?? '');
  const stage = STAGE_INDEX.get(topic.name);
  if (!parking || stage === undefined) return null;
  const step = stepNumber(parking.attempt, parking.deferrals);
  return { kind: 'left', id: executionHash(parking), stage, step, appendedAt };
}

function completed(
  { appendedAt }: ConsumedRecord,
  event: (ExecutionIdentity & { acceptedAt: number }) | null,
): LedgerRecord | null {
  if (!event || identityProblem(event) !== null) return null;
  const { accountId, acceptedAt } = event;
  return { kind: 'completed', id: executionHash(event), accountId, acceptedAt, appendedAt };
}

/** Ignores dead letters of records that were processed, but that could not be stored in the history. */
function deadLetter(
  { appendedAt }: ConsumedRecord,
  event: Pick<Events['DeadLetter'], 'topic' | 'offset' | 'reason' | 'accountId' | 'executionId'> | null,
): LedgerRecord | null {
  if (!event || event.reason === 'not_storable') return null;
  const stage = STAGE_INDEX.get(event.topic);
  if (stage === undefined) return null;
  const place = { stage, offset: event.offset };
  const { accountId, executionId } = event;
  const id = accountId === null || executionId === null ? null : executionHash({ accountId, executionId });
  return { kind: 'dead_letter', id, placeId: placeHash(place), place, appendedAt };
}

function unreadable({ appendedAt }: ConsumedRecord, place: RecordPlace): LedgerRecord {
  return { kind: 'unreadable', id: placeHash(place), place, appendedAt };
}

function placeOf({ topic, offset }: ConsumedRecord): RecordPlace {
  const stage = STAGE_INDEX.get(topic.name);
  if (stage === undefined) throw new Error(`${topic.name} is not a topic of the ledger`);
  return { stage, offset };
}

/** Ids contain no U+0000, so no two identities are joined to the same text. */
function executionHash({ accountId, executionId }: ExecutionIdentity): ExecutionHash {
  return hash64(`${accountId}\0${executionId}`);
}

/** The text for a place begins with U+0000. No account id is empty, so the text for an execution never does. */
function placeHash({ stage, offset }: RecordPlace): ExecutionHash {
  return hash64(`\0${stage}/${offset}`);
}

function hash64(text: string): ExecutionHash {
  const digest = hash('sha1', text, 'buffer');
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4) };
}

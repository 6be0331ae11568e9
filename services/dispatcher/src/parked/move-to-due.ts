import { DecodeError, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { parseParkingKey } from '@hookline/shared/contracts/parked-attempts';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Range } from '@hookline/shared/kafka/consume/read-range';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { undecodableCause } from '@hookline/shared/dead-letters/dead-letters';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { ParkedAttempt, ParkedAttempts } from './parked-attempts.ts';

interface MoveToDueDeps {
  parked: ParkedAttempts;
  /** Reads a range once; rejects if Kafka cannot be read. */
  read: (range: Range, onRecord: (record: ConsumedRecord) => void) => Promise<void>;
  registry: Pick<SchemaRegistry, 'decode'>;
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  deadLetters: { setAside(record: ConsumedRecord, cause: SetAsideCause): Promise<void> };
  now: () => number;
}

/** Parked attempts of one partition that are released together. */
export interface Release {
  partition: number;
  attempts: readonly ParkedAttempt[];
  /** The records of the attempts, if they are in memory; otherwise they are read back. */
  known?: readonly ConsumedRecord[];
  /**
   * Returns the due time of an attempt, epoch ms; must not be later than the earliest time at which an earlier owner
   * may have released the attempt.
   */
  dueAt: (attempt: ParkedAttempt) => number;
}

/**
 * Moves parked attempts to `webhook.due`: publishes each attempt there, and removes it from `webhook.parked` once the
 * publication is acknowledged. If the process is killed in between, the publication is repeated; the copy is recognised
 * by its attempt number and number of deferrals.
 */
export type MoveToDue = (release: Release) => Promise<void>;

export function createMoveToDue(deps: MoveToDueDeps): MoveToDue {
  const { parked, registry, publisher, deadLetters } = deps;

  const publishDue = async (record: ConsumedRecord, dueAt: number): Promise<void> => {
    let event: AttemptDue;
    try {
      event = await registry.decode('AttemptDue', record.value ?? Buffer.alloc(0));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return deadLetters.setAside(record, undecodableCause(error));
    }
    const { accountId } = event.request;
    const { traceparent } = record.headers;
    await publisher.publish({
      topic: TOPICS.due,
      accountId,
      key: accountId,
      value: encodeEvent('AttemptDue', { ...event, dueAt: Math.min(dueAt, event.expiresAt) }),
      headers: traceparent === undefined ? {} : { traceparent },
    });
  };

  return async ({ attempts, partition, known, dueAt }) => {
    const records = known ?? (await recordsOf(deps, partition, attempts));
    const byOffset = new Map(records.map((record) => [record.offset, record]));
    await Promise.all(
      attempts.map(async (attempt) => {
        const record = byOffset.get(attempt.offset);
        // An attempt that is gone from the topic was released by an earlier owner.
        if (record) await publishDue(record, dueAt(attempt));
      }),
    );
    faultPoint('release.due-acknowledged');
    await Promise.all(records.map((record) => unpark(publisher, record)));
    for (const attempt of attempts) parked.remove(attempt);
  };
}

/** Reads back the records of attempts; other records may lie between them. */
async function recordsOf(
  { read, now }: MoveToDueDeps,
  partition: number,
  attempts: readonly ParkedAttempt[],
): Promise<ConsumedRecord[]> {
  const wanted = new Set(attempts.map(({ offset }) => offset));
  const found: ConsumedRecord[] = [];
  const range = {
    topic: TOPICS.parked,
    partition,
    fromOffset: Math.min(...wanted),
    fromTime: now(),
    toOffset: Math.max(...wanted) + 1,
  };
  await read(range, (record) => {
    if (wanted.has(record.offset) && record.value !== null) found.push(record);
  });
  return found;
}

/** Publishes the tombstone of a parked attempt. */
async function unpark(
  publisher: MoveToDueDeps['publisher'],
  { key, partition }: ConsumedRecord,
): Promise<void> {
  const accountId = parseParkingKey(key?.toString() ?? '')?.accountId ?? '';
  await publisher.publish({ topic: TOPICS.parked, accountId, key, value: null, partition });
}

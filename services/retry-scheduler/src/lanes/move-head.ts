import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue, EventName, Events } from '@hookline/shared/contracts/events';
import { isWithin, LIMITS } from '@hookline/shared/contracts/limits';
import { isParkedElsewhere } from '@hookline/shared/contracts/parked-attempts';
import { TOPICS, type Lane } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { undecodableCause } from '@hookline/shared/dead-letters/dead-letters';
import type { HeadProgress } from '@hookline/shared/kafka/consume/lane-consumer';
import {
  type OutgoingRecord,
  type RecordPosition,
  RecordTooLargeError,
} from '@hookline/shared/kafka/publish/publisher';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { SchedulerMetrics } from '../scheduler-metrics.ts';
import { route, type Ladder } from './route.ts';

interface MoveHeadDeps {
  registry: { decode<N extends EventName>(event: N, bytes: Buffer): Promise<Events[N]> };
  publisher: { publish(record: OutgoingRecord): Promise<RecordPosition> };
  deadLetters: { setAside(record: ConsumedRecord, cause: SetAsideCause): Promise<void> };
  metrics: SchedulerMetrics;
  /** Epoch ms. */
  now: () => number;
}

/** Decision about one record. */
type MoveDecision =
  | { kind: 'hold'; until: number }
  | { kind: 'hop'; due: AttemptDue; lane: Lane }
  | { kind: 'release'; due: AttemptDue }
  /** The record only announces an attempt that waits in `webhook.parked`. */
  | { kind: 'drop' }
  | { kind: 'set_aside'; cause: SetAsideCause };

type Move = Exclude<MoveDecision, { kind: 'hold' }>;

/**
 * Moves records from the head of a partition to their next topic, up to the first record that must wait. Publishes
 * these records together and resolves when all are acknowledged. Bytes and headers stay unchanged. A record that cannot
 * be read, or is too large for the broker, becomes a dead letter. A record that only announces a parked attempt is
 * dropped.
 * @returns the `handle` of a lane consumer; it rejects if a record could not be published
 */
export function createMoveHead(
  deps: MoveHeadDeps,
  ladder: Ladder,
): (records: ConsumedRecord[]) => Promise<HeadProgress> {
  const { registry, publisher, deadLetters, metrics, now } = deps;
  const laneOf = new Map(ladder.lanes.map((lane) => [lane.topic.name, lane]));

  const decide = async (record: ConsumedRecord): Promise<MoveDecision> => {
    if (isParkedElsewhere(record)) return { kind: 'drop' };
    const due = await read(registry, record);
    if (due instanceof DecodeError) return { kind: 'set_aside', cause: undecodableCause(due) };
    // A due time out of range cannot be waited for; the dispatcher refuses such an attempt with an outcome.
    if (!isWithin(LIMITS.time, due.dueAt)) return { kind: 'release', due };
    const lane = laneOf.get(record.topic.name) ?? null;
    const next = route({ dueAt: due.dueAt, appendedAt: record.appendedAt, lane }, now(), ladder);
    return next.kind === 'hold' ? next : { ...next, due };
  };

  const move = async (record: ConsumedRecord, step: Move): Promise<void> => {
    if (step.kind === 'drop') return;
    if (step.kind === 'set_aside') return deadLetters.setAside(record, step.cause);
    const topic = step.kind === 'hop' ? step.lane.topic : TOPICS.due;
    const { value, headers } = record;
    const { accountId } = step.due.request;
    faultPoint('lanes.before-publish');
    try {
      await publisher.publish({ topic, accountId, key: accountId, value, headers });
    } catch (error) {
      if (!(error instanceof RecordTooLargeError)) throw error;
      const cause = { reason: 'too_large', error: error.message, execution: step.due.request } as const;
      return deadLetters.setAside(record, cause);
    }
    if (step.kind === 'hop') {
      faultPoint('lanes.hop-acknowledged');
      metrics.hops.inc({ lane: topic.name });
    } else {
      faultPoint('lanes.due-acknowledged');
      const { dueAt } = step.due;
      if (isWithin(LIMITS.time, dueAt)) metrics.latenessSeconds.observe((now() - dueAt) / 1_000);
    }
  };

  return async (records) => {
    const moves: (() => Promise<void>)[] = [];
    let heldUntil: number | null = null;
    for (const record of records) {
      const step = await decide(record);
      if (step.kind === 'hold') {
        heldUntil = step.until;
        break;
      }
      moves.push(() => move(record, step));
    }
    await Promise.all(moves.map((start) => start()));
    return { moved: moves.length, heldUntil };
  };
}

/** Returns the event of a record, or the reason why it cannot be read; throws other errors. */
async function read(
  registry: MoveHeadDeps['registry'],
  { value }: ConsumedRecord,
): Promise<AttemptDue | DecodeError> {
  if (!value) return new DecodeError('malformed_datum', 'the record has no value: a wait has no tombstones');
  try {
    return await registry.decode('AttemptDue', value);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

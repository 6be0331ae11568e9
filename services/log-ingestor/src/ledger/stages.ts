import { delayLanes, TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';

/** State of an open execution, which depends on the topic of its last record. */
type OpenState = 'in_hand' | 'waiting';

/** A topic that can contain the last record of an open execution. */
interface Stage {
  topic: TopicSpec;
  state: OpenState;
  /**
   * Consumer group, without prefix, that commits past a record once everything that follows from it is in Kafka. Null
   * for a compacted topic, in which a tombstone shows that the record has been processed.
   */
  reader: 'dispatcher' | 'retry-scheduler' | null;
}

const lanes = delayLanes().toReversed();

/**
 * All topics that can contain open executions, in the order in which an attempt passes through them if it is not
 * deferred again. Of two records of an attempt with the same number of deferrals, the record in the later stage
 * therefore shows where the attempt is. A lane is never followed by a longer lane, because the remaining wait only gets
 * shorter.
 */
export const STAGES: readonly Stage[] = [
  { topic: TOPICS.requested, state: 'in_hand', reader: 'dispatcher' },
  { topic: TOPICS.delayed, state: 'waiting', reader: 'retry-scheduler' },
  ...lanes.map(({ topic }): Stage => ({ topic, state: 'waiting', reader: 'retry-scheduler' })),
  // Comes after webhook.delayed, although a parked attempt is written to webhook.parked first: its record in
  // webhook.delayed only announces it, and the retry scheduler does not move that record (ADR 38).
  { topic: TOPICS.parked, state: 'waiting', reader: null },
  { topic: TOPICS.due, state: 'in_hand', reader: 'dispatcher' },
];

/** Topics whose records end executions. */
export const VERDICT_TOPICS: readonly TopicSpec[] = [TOPICS.completed, TOPICS.deadLetter];

export const LEDGER_TOPICS: readonly TopicSpec[] = [...STAGES.map(({ topic }) => topic), ...VERDICT_TOPICS];

/** Index in `STAGES` by topic name. */
export const STAGE_INDEX: ReadonlyMap<string, number> = new Map(
  STAGES.map(({ topic }, index) => [topic.name, index]),
);

/** Consumer groups whose commits show which records have been processed, each with its topics. */
export const READERS: ReadonlyMap<string, readonly TopicSpec[]> = new Map(
  [...Map.groupBy(STAGES, ({ reader }) => reader)].flatMap(([reader, stages]) =>
    reader === null ? [] : [[reader, stages.map(({ topic }) => topic)] as const],
  ),
);

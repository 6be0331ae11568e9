import { decodeEvent } from '@hookline/shared/contracts/event-codec';
import { delayLanes, TOPICS } from '@hookline/shared/contracts/topics';
import { createTailConsumer } from '@hookline/shared/kafka/tail-consumer';
import type { BenchPlace } from './bench-place.ts';

/** The way of one wait, as the topics tell it. */
export interface Passage {
  accountId: string;
  reason: string;
  /** Epoch ms. */
  dueAt: number;
  /** How many records it took: in `webhook.delayed`, in lanes and in `webhook.due`. */
  records: number;
  /** Append times in `webhook.due`, epoch ms; more than one if it was released again. */
  releasedAt: number[];
}

/** Reads all waits of a place back, once everything is over: measuring so costs the run nothing. */
export async function readPassages({ client }: BenchPlace): Promise<Passage[]> {
  const passages = new Map<string, Passage>();
  const tail = createTailConsumer(
    {
      client,
      onRecord: ({ topic, value, appendedAt }) => {
        const { request, reason, dueAt } = decodeEvent('AttemptDue', value ?? Buffer.alloc(0));
        const { executionId, accountId } = request;
        const passage = passages.get(executionId) ?? { accountId, reason, dueAt, records: 0, releasedAt: [] };
        passages.set(executionId, passage);
        passage.records++;
        if (topic.name === TOPICS.due.name) passage.releasedAt.push(appendedAt);
      },
    },
    { topics: [TOPICS.delayed, TOPICS.due, ...delayLanes().map(({ topic }) => topic)], from: 'beginning' },
  );
  await tail.start();
  await tail.stop();
  return [...passages.values()];
}

export interface PassageFigures {
  /** Most that a wait was released before its time, ms. */
  earlyMostMs: number;
  /** How far behind their time waits were released, ms; 0 for those before it. */
  lateMedianMs: number;
  lateP99Ms: number;
  lateMostMs: number;
  /** Waits released exactly once. */
  releasedOnce: number;
  recordsMean: number;
  recordsMost: number;
}

export function passageFigures(passages: readonly Passage[]): PassageFigures {
  const lags = passages
    .flatMap(({ dueAt, releasedAt }) => releasedAt.slice(0, 1).map((at) => at - dueAt))
    .sort((a, b) => a - b);
  const lateMs = (quantile: number): number =>
    Math.max(0, lags[Math.min(lags.length - 1, Math.floor(lags.length * quantile))] ?? Number.NaN);
  const records = passages.map((passage) => passage.records);
  return {
    earlyMostMs: Math.max(0, -(lags[0] ?? Number.NaN)),
    lateMedianMs: lateMs(0.5),
    lateP99Ms: lateMs(0.99),
    lateMostMs: lateMs(1),
    releasedOnce: passages.filter(({ releasedAt }) => releasedAt.length === 1).length,
    recordsMean: records.reduce((sum, count) => sum + count, 0) / records.length,
    recordsMost: records.reduce((most, count) => Math.max(most, count), 0),
  };
}

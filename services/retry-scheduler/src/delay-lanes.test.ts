import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anAttemptDue, aWebhookRequested } from '@hookline/testkit/builders';
import { createArrivals, DEFAULT_DEADLINE_MS, type Arrivals } from '@hookline/testkit/arrivals';
import { isolatedTopics, type IsolatedTopics } from '@hookline/testkit/isolated-topics';
import { startFromSources } from '@hookline/testkit/source-process';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { TOPICS, type Lane } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { compose, type RetryScheduler } from './compose.ts';
import { readConfig } from './config.ts';
import { createLadder } from './lanes/route.ts';

const BASE_WAIT_MS = 100;
const ladder = createLadder(BASE_WAIT_MS);

let topics: IsolatedTopics;
let publisher: Publisher;
/** Every record of the delay topics, of `webhook.due` and of the dead-letter topic. */
let arrivals: Arrivals<ConsumedRecord>;
let tail: Component;
let schedulers: RetryScheduler[];
let doomed: ReturnType<typeof startDoomedScheduler> | undefined;

beforeEach(async () => {
  topics = await isolatedTopics();
  const { client } = topics;
  publisher = new Publisher({ client, metrics: createMetrics('test') });
  await publisher.start();
  arrivals = createArrivals(({ topic, partition, offset }) => `${topic.name}/${partition}@${offset}`);
  tail = createTailConsumer(
    { client, onRecord: (record) => arrivals.add(record) },
    {
      topics: [TOPICS.delayed, TOPICS.due, TOPICS.deadLetter, ...ladder.lanes.map(({ topic }) => topic)],
      from: 'beginning',
    },
  );
  await tail.start();
  schedulers = [];
  doomed = undefined;
});

afterEach(async () => {
  doomed?.kill();
  for (const scheduler of schedulers) await scheduler.stop();
  await tail.stop();
  await publisher.stop();
  await topics[Symbol.asyncDispose]();
});

function environment(): Record<string, string> {
  return {
    KAFKA_BROKERS: topics.brokers.join(),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    HOOKLINE_BASE_WAIT_MS: String(BASE_WAIT_MS),
    LOG_LEVEL: 'error',
  };
}

async function startScheduler(): Promise<RetryScheduler> {
  const logger = createLogger('retry-scheduler', 'error');
  const scheduler = await compose({ logger }, readConfig(environment()));
  schedulers.push(scheduler);
  await scheduler.start();
  return scheduler;
}

/**
 * Starts a scheduler as a separate process that dies at a fault point; `died` resolves with its error output once it is
 * dead.
 */
function startDoomedScheduler(faultPoint: string): { died: Promise<string>; kill: () => void } {
  const program = startFromSources({
    main: 'services/retry-scheduler/src/main.ts',
    env: { ...environment(), HOOKLINE_FAULT_POINT: faultPoint },
    stdout: 'ignore',
  });
  return { died: text(program.stderr), kill: () => program.signal('SIGKILL') };
}

/** Publishes a wait to `webhook.delayed`, as a dispatcher does. */
async function delay(
  dueAt: number,
  accountId: string,
  headers?: Record<string, string>,
): Promise<AttemptDue> {
  const due = anAttemptDue({ request: aWebhookRequested({ accountId }), dueAt });
  const value = encodeEvent('AttemptDue', due);
  await publisher.publish({
    topic: TOPICS.delayed,
    accountId,
    key: accountId,
    value,
    ...(headers ? { headers } : {}),
  });
  return due;
}

/** Returns the records of a wait so far, in order. */
function trailOf({ request }: AttemptDue): ConsumedRecord[] {
  return arrivals.all
    .filter(({ topic, value }) => topic.event === 'AttemptDue' && value?.includes(request.executionId))
    .toSorted((one, other) => one.appendedAt - other.appendedAt);
}

/** Resolves with the records of a wait in a topic once there are `times` of them. */
async function reached(due: AttemptDue, name: string | undefined, times = 1): Promise<ConsumedRecord[]> {
  return arrivals.until(
    () => {
      const found = trailOf(due).filter(({ topic }) => topic.name === name);
      return found.length >= times ? found : undefined;
    },
    { wanted: `${due.request.executionId} in ${name}, ${times} times`, deadlineMs: DEFAULT_DEADLINE_MS },
  );
}

async function released(due: AttemptDue): Promise<ConsumedRecord[]> {
  return reached(due, TOPICS.due.name);
}

/**
 * Describes the steps of a trail that break the rule of `route`. A slow scheduler may be late and use shorter lanes,
 * but nothing leaves a lane early and no lane is too long or needlessly short.
 */
function wrongSteps(dueAt: number, trail: ConsumedRecord[]): string[] {
  return trail.slice(1).flatMap((next, index) => {
    const { topic, appendedAt } = trail[index] ?? next;
    const leavesAt = Math.min(appendedAt + (laneOf(topic.name)?.waitMs ?? 0), dueAt - ladder.leadMs);
    const lane = laneOf(next.topic.name);
    const longer = lane && ladder.lanes[ladder.lanes.indexOf(lane) + 1];
    const wrong: string[] = [];
    if (next.appendedAt < leavesAt) wrong.push('left early');
    if (lane && lane !== ladder.lanes[0] && lane.waitMs > dueAt - leavesAt + ladder.toleranceMs) {
      wrong.push('too long a lane');
    }
    if (longer && longer.waitMs <= dueAt - next.appendedAt + ladder.toleranceMs) {
      wrong.push('too short a lane');
    }
    return wrong.map((what) => `${topic.name} to ${next.topic.name}: ${what}`);
  });
}

function laneOf(topic: string): Lane | undefined {
  return ladder.lanes.find((lane) => lane.topic.name === topic);
}

describe('the retry scheduler', () => {
  it('moves each wait to webhook.due through fitting lanes, never early, with bytes and headers unchanged', async () => {
    await startScheduler();
    const now = Date.now();
    const waits = [-1_000, 0, 30, 100, 108, 300, 700, 1_234];
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

    const dues = await Promise.all(waits.map((wait, i) => delay(now + wait, `account_${i}`, headers)));
    await Promise.all(dues.map((due) => released(due)));

    for (const due of dues) {
      const trail = trailOf(due);
      const [first, last] = [trail.at(0), trail.at(-1)];
      expect([first?.topic.name, last?.topic.name]).toEqual([TOPICS.delayed.name, TOPICS.due.name]);
      expect(last?.appendedAt).toBeGreaterThanOrEqual(due.dueAt - ladder.earlyMs);
      expect(wrongSteps(due.dueAt, trail)).toEqual([]);
      expect(new Set(trail.map(({ partition }) => partition)).size).toBe(1);
      for (const record of trail) {
        expect(record.key?.toString()).toBe(due.request.accountId);
        expect(record.headers).toEqual(headers);
        expect(record.value).toEqual(first?.value);
      }
    }
  });

  it('lets a short wait overtake a week-long wait of the same account', async () => {
    await startScheduler();
    const far = await delay(Date.now() + 7 * 86_400_000, 'account_1');
    const near = await delay(Date.now() + 150, 'account_1');

    const longest = ladder.lanes.at(-1)?.topic.name;
    await released(near);
    await reached(far, longest);
    expect(trailOf(far).map(({ topic }) => topic.name)).toEqual([TOPICS.delayed.name, longest]);
  });

  it('continues after a standstill: releases the records that became due, and keeps the others waiting', async () => {
    const before = await startScheduler();
    const past = await delay(Date.now() + 1_000, 'account_1');
    const ahead = await delay(Date.now() + 7 * 86_400_000, 'account_1');
    await arrivals.until(() => (trailOf(past).length > 1 && trailOf(ahead).length > 1 ? true : undefined), {
      wanted: 'both in lanes',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
    await before.stop();

    await startScheduler();

    const [end] = await released(past);
    expect(end?.appendedAt).toBeGreaterThanOrEqual(past.dueAt - ladder.earlyMs);
    expect(trailOf(ahead)).toHaveLength(2);
  });

  it('dead-letters a record that cannot be read and continues with the next', async () => {
    await startScheduler();
    const unreadable = { topic: TOPICS.delayed, accountId: 'account_1', key: 'account_1' };
    const noAvro = await publisher.publish({ ...unreadable, value: Buffer.from('{"not":"avro"}') });
    const tombstone = await publisher.publish({ ...unreadable, value: null });
    const due = await delay(Date.now(), 'account_1');

    await released(due);
    await arrivals.until(
      (all) =>
        all.filter(({ topic }) => topic.name === TOPICS.deadLetter.name).length >= 2 ? true : undefined,
      { wanted: 'two dead letters', deadlineMs: DEFAULT_DEADLINE_MS },
    );

    const deadLetters = arrivals.all
      .filter(({ topic }) => topic.name === TOPICS.deadLetter.name)
      .map(({ value }) => decodeEvent('DeadLetter', value ?? Buffer.alloc(0)));
    expect(deadLetters).toEqual([
      expect.objectContaining({
        topic: TOPICS.delayed.name,
        offset: noAvro.offset,
        value: Buffer.from('{"not":"avro"}'),
        error: expect.stringContaining('C3 01'),
      }),
      expect.objectContaining({
        topic: TOPICS.delayed.name,
        offset: tombstone.offset,
        value: null,
        error: expect.stringContaining('no value'),
      }),
    ]);
  });

  it('reports lateness, hops and held partitions, and is ready', async () => {
    const scheduler = await startScheduler();
    const url = `http://127.0.0.1:${scheduler.port()}`;
    await delay(Date.now() + 7 * 86_400_000, 'account_1');
    await released(await delay(Date.now() + 150, 'account_1'));

    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    const wanted = [
      /hookline_lane_lateness_seconds_count\{[^}]*\} 1/,
      /hookline_lane_hops_total\{[^}]*lane="webhook\.delay\.32805s"[^}]*\} 1/,
      /hookline_lane_held_partitions\{[^}]*\} 1/,
    ];
    // The metrics are updated a moment after the record is in webhook.due, so they are fetched until they match.
    let metrics: string;
    const deadline = Date.now() + DEFAULT_DEADLINE_MS;
    do metrics = await (await fetch(`${url}/metrics`)).text();
    while (Date.now() < deadline && !wanted.every((line) => line.test(metrics)));
    for (const line of wanted) expect(metrics).toMatch(line);
  });
});

describe('a retry scheduler that is killed', () => {
  const WEEK_MS = 7 * 86_400_000;
  /**
   * Due longer ago than a dispatcher remembers an execution, so that a dispatcher could find the first release only in
   * the topics.
   */
  const BEYOND_THE_WINDOW_MS = -6 * 60_000;
  const longest = ladder.lanes.at(-1)?.topic.name;

  it.each([
    {
      title:
        'after the acknowledgement in webhook.due and before the commit releases the record in flight once more',
      point: 'lanes.due-acknowledged',
      waitMs: BEYOND_THE_WINDOW_MS,
      next: TOPICS.due.name,
      copies: 2,
    },
    {
      title: 'after the acknowledgement in a lane and before the commit repeats the move in flight',
      point: 'lanes.hop-acknowledged',
      waitMs: WEEK_MS,
      next: longest,
      copies: 2,
    },
    {
      title: 'before it publishes repeats nothing',
      point: 'lanes.before-publish',
      waitMs: BEYOND_THE_WINDOW_MS,
      next: TOPICS.due.name,
      copies: 1,
    },
  ])('$title, and loses nothing', async ({ point, waitMs, next, copies }) => {
    doomed = startDoomedScheduler(`${point}:2`);
    // Both waits are in one partition. The second is fetched only after the move of the first was committed.
    const done = await delay(Date.now() + waitMs, 'account_1');
    await reached(done, next);
    const inFlight = await delay(Date.now() + waitMs, 'account_1');
    expect(await doomed.died).toContain(`${point}, time 2: kill`);

    await startScheduler();

    const found = await reached(inFlight, next, copies);
    const later = await delay(Date.now() + waitMs, 'account_1');
    await reached(later, next);
    const trails = [done, inFlight, later].map((due) => trailOf(due).map(({ topic }) => topic.name));
    expect(trails).toEqual([
      [TOPICS.delayed.name, next],
      [TOPICS.delayed.name, ...found.map(() => next)],
      [TOPICS.delayed.name, next],
    ]);
    expect(found).toHaveLength(copies);
    expect(new Set(found.map(({ value }) => value?.toString('base64'))).size).toBe(1);
  });
});

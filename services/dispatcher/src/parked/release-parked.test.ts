import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createLogger } from '@hookline/shared/runtime/logger';
import { aWebhookDefinition, anAccountSettings } from '@hookline/testkit/builders';
import type { Release } from './move-to-due.ts';
import { type ParkedAttempt, ParkedAttempts } from './parked-attempts.ts';
import { ReleaseParked } from './release-parked.ts';

/** Tests which attempts are released, and when; no records are moved. */

const NOW = Date.now();
const ACCOUNT = 'account_1';

let now: number;
let held: number[];
let definitions: Map<string, WebhookDefinition>;
let settings: AccountSettings;
let cancelled: Set<string>;
let parked: ParkedAttempts;
let release: ReleaseParked;
/** The releases moved so far, in order; `next()` resolves with the first that it has not returned yet. */
let moved: { releases: Release[]; next(): Promise<Release> };

beforeEach(async () => {
  now = NOW;
  held = [0];
  definitions = new Map();
  settings = anAccountSettings({ accountId: ACCOUNT });
  cancelled = new Set();
  await start();
});

/** Starts with an empty index. */
async function start({ firstBytes = 0 } = {}): Promise<void> {
  parked = new ParkedAttempts({ records: 10_000, bytes: 1e9, firstBytes }, NOW);
  const waiting: ((release: Release) => void)[] = [];
  const releases: Release[] = [];
  let seen = 0;
  moved = {
    releases,
    next: () =>
      releases[seen]
        ? Promise.resolve(releases[seen++] as Release)
        : new Promise((resolve) =>
            waiting.push((one) => {
              seen++;
              resolve(one);
            }),
          ),
  };
  release = new ReleaseParked({
    parked,
    definitions: { definition: (id) => definitions.get(id), settings: () => settings },
    heldPartitions: () => held,
    move: (one) => {
      releases.push(one);
      for (const attempt of one.attempts) parked.remove(attempt);
      waiting.shift()?.(one);
      return Promise.resolve();
    },
    isCancelled: (execution) => cancelled.has(execution),
    logger: createLogger('test', 'silent'),
    now: () => now,
  });
  await release.start();
  release.loaded();
}

afterEach(() => release.stop());

function define(actionId: string, changes: Partial<WebhookDefinition> = {}): void {
  definitions.set(actionId, aWebhookDefinition({ actionId, accountId: ACCOUNT, paused: true, ...changes }));
  release.changed(ACCOUNT, actionId);
}

function park(
  executionId: string,
  offset: number,
  { partition = 0, ...changes }: { actionId?: string; expiresAt?: number; partition?: number } = {},
): ParkedAttempt {
  const execution = executionKey({ accountId: ACCOUNT, executionId });
  const news = {
    accountId: ACCOUNT,
    execution,
    step: '1.1',
    actionId: 'a',
    expiresAt: NOW + 1e6,
    ...changes,
  };
  const position = { topic: TOPICS.parked, partition, offset };
  const record = { ...position, key: null, value: Buffer.alloc(10), headers: {}, appendedAt: now };
  const added = parked.add(news, record);
  release.added(added);
  return added;
}

const idsOf = ({ attempts }: Release): number[] => attempts.map(({ offset }) => offset);

describe('parked attempts are released', () => {
  it.each([
    ['resumed', { paused: false }],
    ['deleted', { deleted: true }],
    ['disabled', { enabled: false }],
  ])('when their action is %s, in the order of parking', async (_, changes) => {
    define('a');
    define('b');
    park('1', 1);
    park('2', 2, { actionId: 'b' });
    park('3', 3);
    define('a', changes);
    expect(idsOf(await moved.next())).toEqual([1, 3]);
    expect(parked.size).toBe(1);
  });

  it('when their account is resumed', async () => {
    settings = anAccountSettings({ accountId: ACCOUNT, suspended: true });
    define('a', { paused: false });
    park('1', 1);
    settings = anAccountSettings({ accountId: ACCOUNT });
    release.changed(ACCOUNT, null);
    expect(idsOf(await moved.next())).toEqual([1]);
  });

  it('when they were parked after their action was resumed', async () => {
    define('a', { paused: false });
    park('1', 1);
    expect(idsOf(await moved.next())).toEqual([1]);
  });

  it('when they expire or are cancelled, even if their action is paused', async () => {
    define('a');
    park('1', 1, { expiresAt: NOW + 2_000 });
    const { execution } = park('2', 2);
    park('3', 3);
    now += 3_000;
    expect(idsOf(await moved.next())).toEqual([1]);
    release.hurry({ accountId: ACCOUNT, executionId: '2' });
    expect(idsOf(await moved.next())).toEqual([2]);
    cancelled.add(execution);
    park('2', 4);
    expect(idsOf(await moved.next())).toEqual([4]);
  });

  it('once their partition is held, with the time of the resume as their due time', async () => {
    await release.stop();
    held = [];
    await start();
    define('a');
    now += 600;
    park('1', 1);
    now += 600;
    define('a', { paused: false, updatedAt: now });
    const resumedAt = now;
    now += 600;
    held = [0];
    const one = await moved.next();
    expect(idsOf(one)).toEqual([1]);
    expect(one.attempts.map(one.dueAt)).toEqual([resumedAt]);
  });

  it('immediately if their record is in memory, and before the others', async () => {
    await release.stop();
    await start({ firstBytes: 1_000 });
    await nextTurn();
    define('a');
    park('1', 1);
    park('2', 2);
    define('a', { paused: false });
    const [first] = moved.releases;
    expect([first && idsOf(first), first?.known?.map(({ offset }) => offset)]).toEqual([[1], [1]]);
    expect(idsOf(await moved.next())).toEqual([1]);
    expect(idsOf(await moved.next())).toEqual([2]);
  });

  it('a portion at a time, until their action is paused again', async () => {
    define('a');
    for (let offset = 0; offset < 2_500; offset++) park(`${offset}`, offset);
    define('a', { paused: false });
    expect((await moved.next()).attempts).toHaveLength(2_000);
    define('a');
    now += 2_000;
    define('b', { paused: false });
    park('x', 3_000, { actionId: 'b' });
    expect(idsOf(await moved.next())).toEqual([3_000]);
    expect(parked.size).toBe(500);
  });

  it('a portion at a time if many expire at once, without examining each of them for every portion', async () => {
    const COUNT = 20_000;
    define('a');
    for (let offset = 0; offset < COUNT; offset++) park(`${offset}`, offset, { expiresAt: NOW + 2_000 });
    const has = parked.has.bind(parked);
    let examined = 0;
    parked.has = (attempt) => {
      examined++;
      return has(attempt);
    };
    now += 3_000;
    const released: number[] = [];
    while (released.length < COUNT) {
      const portion = idsOf(await moved.next());
      expect(portion.length).toBeLessThanOrEqual(2_000);
      released.push(...portion);
    }
    expect(released).toEqual(Array.from({ length: COUNT }, (_, offset) => offset));
    expect(examined).toBeLessThan(1.5 * COUNT);
  });

  it('without waiting for a timer if thousands expire in partitions that other dispatchers hold', async () => {
    await release.stop();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      await start();
      await nextTurn();
      define('a');
      define('b');
      const expiresAt = NOW + 2_000;
      for (let n = 0; n < 25_000; n++) park(`${n}`, n, { expiresAt, actionId: 'b', partition: 1 });
      park('last', 1, { expiresAt });
      park('cancelled', 2);
      now += 3_000;
      release.hurry({ accountId: ACCOUNT, executionId: 'cancelled' });
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      expect(moved.releases.map(idsOf)).toEqual([[2], [1]]);
    } finally {
      jest.useRealTimers();
    }
  });
});

/** When the ledger stores snapshots, on a clock of the test. What they contain is tested with the ledger partition. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { component } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import type { HeldPartition } from './held-partitions.ts';
import { createLedgerMetrics } from './ledger-metrics.ts';
import { LedgerPartition } from './ledger-partition.ts';
import { Ledger } from './ledger.ts';

/** Longer than the pause between two snapshots. */
const LONG_MS = 60_000;

let at: number;
let held: HeldPartition[];
/** `round`, and `saved` with the number of a partition. */
let steps: Arrivals<string>;
let failures: number;
let ledger: Ledger;

beforeEach(async () => {
  at = LONG_MS;
  failures = 0;
  steps = createArrivals<string>(String);
  held = [0, 1].map((partition) => ({
    partition,
    ledger: new LedgerPartition({ maxClosed: 10, maxDead: 10, seed: 7, from: 0 }),
    savedAt: 0,
    savedBytes: 0,
    savedSum: null,
  }));
  ledger = new Ledger(
    {
      held: { all: () => held, lost: () => undefined },
      consumer: { ...component('topics', {}), positions: () => new Map() },
      audit: { round: () => Promise.resolve() },
      misrouted: { begin: () => undefined, idle: () => Promise.resolve() },
      examples: { of: () => [], idle: () => Promise.resolve() },
      store: {
        write: () => {
          steps.add('round');
          return Promise.resolve([]);
        },
        save: (partition) => {
          if (failures-- > 0) return Promise.reject(new Error('no database'));
          steps.add(`saved ${partition}`);
          return Promise.resolve();
        },
      },
      metrics: createLedgerMetrics(createMetrics('test')),
      logger: createLogger('test', 'silent'),
      now: () => at,
    },
    { roundMs: 1, warnAfterMs: LONG_MS },
  );
  await ledger.start();
});

afterEach(() => ledger.stop());

const saves = (): string[] => steps.all.filter((step) => step !== 'round');

/** Resolves after a whole round that began after this call. */
async function aRound(): Promise<void> {
  const rounds = steps.all.length;
  const next = (all: readonly string[]): true | undefined =>
    all.slice(rounds).filter((step) => step === 'round').length > 2 || undefined;
  await steps.until(next, { wanted: 'a round', deadlineMs: DEFAULT_DEADLINE_MS });
}

it('stores a snapshot of each partition, and later only of those that have changed', async () => {
  await aRound();
  at += LONG_MS;
  await aRound();
  expect(saves()).toEqual(['saved 0', 'saved 1']);
  held[1]?.ledger.apply({
    kind: 'unreadable',
    id: { high: 1, low: 1 },
    place: { stage: 0, offset: 5 },
    appendedAt: at,
  });
  at += LONG_MS;
  await aRound();
  expect(saves()).toEqual(['saved 0', 'saved 1', 'saved 1']);
});

it('stores an unchanged snapshot that could not be stored before', async () => {
  failures = 1;
  await aRound();
  at += LONG_MS;
  await aRound();
  expect(saves().toSorted((a, b) => a.localeCompare(b))).toEqual(['saved 0', 'saved 1']);
});

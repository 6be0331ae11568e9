import { setTimeout as sleep } from 'node:timers/promises';
import { delayLanes } from '@hookline/shared/contracts/topics';
import type { Execution, Ledger } from '../checker/ledger.ts';
import { healthyCalls, windowsOf, type Window } from '../figures/healthy-calls.ts';
import { askFor, type Batch } from '../load/batch.ts';
import { startOpenLoop } from '../load/open-loop.ts';
import { behaves, partOf } from '../load/target-groups.ts';
import { healthyFigures, lateStarts, lostThroughput } from './healthy-promise.ts';
import type { Course, Measured, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const WAITING: Record<Size, number> = { short: 1_000, default: 20_000, full: 100_000 };
/** A probe period at its longest, at the world's base wait, and some more. */
const DOWN_MS: Record<Size, number> = { short: 10_000, default: 40_000, full: 60_000 };
const ALONE_MS: Record<Size, number> = { short: 8_000, default: 15_000, full: 30_000 };
const RUN_IN_MS = 4_000;
const HEALTHY_PER_SECOND = 50;
const ASKED_PER_SECOND = 250;
/** Calls a second that the endpoint is promised: what it is given when it is well again. */
const LIMIT = 200;
const BASE_WAIT_MS = 500;
const REPORT_MS = 10_000;
const SLICE_MS = 5_000;
const BUSIEST_MS = 5_000;

/**
 * A wait of any length, made of lanes each three times the one before (the second one five times the first): at most
 * two records in each lane that fits, four in the shortest, one before and one behind. The aim is four, which no
 * rule can keep for all waits (ADR 4).
 */
const AROUND_LANES = 2;
const MOST_IN_LANE = 2;
const MOST_IN_SHORTEST = 4;
/** A probe may come as late as that after the endpoint is well: the longest opening at the world's base wait. */
const MOST_OPEN_MS = 30_000;
/** As a share of the limit after recovery; calls of the first seconds queue behind one another. */
const LEAST_RATE = 0.9;
const MOST_RATE = 1.05;

/**
 * An endpoint is down while requests queue for it, then well again. Recovery is from then until all of them are
 * delivered.
 */
export const endpointDown: Scenario = {
  name: 'endpoint-down',
  dispatchers: 1,
  baseWaitMs: BASE_WAIT_MS,
  groups: [
    { label: 'down', accounts: 1, behaviour: 'down', endpoints: 1, definition: { endpointRateLimit: LIMIT } },
    { label: 'down', accounts: 1, behaviour: 'fast', endpoints: 2 },
    { label: 'other', accounts: 10, behaviour: 'fast', endpoints: 1 },
  ],
  play: playDown,
};

interface Times {
  alone: Window;
  /** While it was down and requests came or waited. */
  down: Window;
  /** Until all were delivered. */
  back: Window;
}

async function playDown(world: World): Promise<Course> {
  const { setting, targets, receiver } = world;
  const healthy = partOf(targets, ['fast']);
  const load = startOpenLoop({ ...world, targets: healthy }, { ratePerSecond: HEALTHY_PER_SECOND });
  await sleep(RUN_IN_MS);
  const startedAt = Date.now();
  await sleep(ALONE_MS[setting.size]);
  const downAt = Date.now();
  const executions = WAITING[setting.size];
  const down = { ...world, targets: partOf(targets, ['down']) };
  const batch = await askFor(down, { executions, ratePerSecond: ASKED_PER_SECOND });
  setting.report(`${batch.open()} executions wait`);
  await sleep(DOWN_MS[setting.size]);
  receiver.be('well');
  const wellAt = Date.now();
  await untilDelivered(world, batch);
  const doneAt = Date.now();
  await load.stop();
  const times = {
    alone: { from: startedAt, to: downAt },
    down: { from: downAt, to: wellAt },
    back: { from: wellAt, to: doneAt },
  };
  return { recoveryMs: doneAt - wellAt, measure: (ledger) => measureDown(ledger, times) };
}

async function untilDelivered({ setting }: World, batch: Batch): Promise<void> {
  // The way through the limit, and as much again for the last wait and a machine that is behind.
  const deadline = Date.now() + (2_000 * WAITING[setting.size]) / LIMIT + 120_000;
  while (Date.now() < deadline && !(await batch.ended(REPORT_MS)))
    setting.report(`${batch.open()} executions still wait`);
}

function measureDown({ executions }: Ledger, times: Times): Measured {
  const isWaiting = ({ calls, accountId, delayed }: Execution): boolean =>
    calls.some(({ endpoint }) => behaves(endpoint, 'down')) ||
    (accountId.includes('-down-') && delayed.length > 0);
  const waiting = executions.filter(isWaiting);
  const [normal, down, back] = [times.alone, times.down, times.back].map((window) =>
    healthyCalls(executions, windowsOf(window, SLICE_MS)),
  );
  if (!normal || !down || !back) throw new Error('three windows give three measurements');
  const records = recordsOf(waiting, times.down.to);
  const backMs = times.back.to - times.back.from;
  const busiestPerSecond = busiest(waiting, times.back);
  const undelivered = waiting.filter(({ outcomes: [outcome] }) => outcome?.status !== 'success');
  const figures = {
    waiting: waiting.length,
    undelivered: undelivered.length,
    limitPerSecond: LIMIT,
    deliveredPerSecond: (waiting.length * 1_000) / backMs,
    busiestPerSecond,
    ...records,
    ...healthyFigures('alone', normal),
    ...healthyFigures('beside', down),
    ...healthyFigures('while it comes back', back),
  };
  const broken = [
    ...lateStarts('endpoint-down', down, normal),
    ...lateStarts('endpoint-down, coming back', back, normal),
    ...lostThroughput('endpoint-down', down, normal),
    ...unbounded(records, mostRecords(waiting)),
  ];
  if (undelivered.length > 0)
    broken.push(`endpoint-down: ${undelivered.length} executions were not delivered`);
  if (backMs > MOST_OPEN_MS + (waiting.length * 1_000) / (LEAST_RATE * LIMIT))
    broken.push(`endpoint-down: ${waiting.length} executions took ${backMs} ms at a limit of ${LIMIT}/s`);
  if (busiestPerSecond > MOST_RATE * LIMIT)
    broken.push(`endpoint-down: ${busiestPerSecond} calls a second, the limit is ${LIMIT}`);
  return { figures, broken };
}

interface RecordFigures {
  probes: number;
  recordsPerWaiting: number;
  mostRecordsPerWaiting: number;
  recordsPerDeferral: number;
  mostRecordsPerDeferral: number;
  /** How often an execution was put off for each probe in its time and for its arrival. */
  deferralsPerProbe: number;
}

/** Counts what the wait cost in `webhook.delayed`, the lanes and `webhook.due`. */
function recordsOf(waiting: readonly Execution[], wellAt: number): RecordFigures {
  const probes = waiting.flatMap(({ calls }) => calls.map(({ startedAt }) => startedAt));
  const failedProbes = probes.filter((at) => at < wellAt);
  const perWaiting = waiting.map(({ delayed, lanes, due }) => delayed.length + lanes.length + due.length);
  const perDeferral = waiting.flatMap(({ delayed, lanes, due }) => {
    const step = ({ attempt, deferrals }: { attempt: number; deferrals: number }) =>
      `${attempt}/${deferrals}`;
    return [...Map.groupBy([...delayed, ...lanes, ...due], step).values()].map((records) => records.length);
  });
  const perProbe = waiting.map(({ requested: [request], delayed }) => {
    const since = request?.at ?? Infinity;
    const deferred = delayed.filter(({ deferrals, at }) => deferrals > 0 && at < wellAt).length;
    return deferred / (1 + failedProbes.filter((at) => at >= since).length);
  });
  return {
    probes: failedProbes.length,
    recordsPerWaiting: mean(perWaiting),
    mostRecordsPerWaiting: most(perWaiting),
    recordsPerDeferral: mean(perDeferral),
    mostRecordsPerDeferral: most(perDeferral),
    deferralsPerProbe: mean(perProbe),
  };
}

/** Most records of a deferral as long as the longest one was. */
function mostRecords(waiting: readonly Execution[]): number {
  const waits = waiting.flatMap(({ delayed }) => delayed.map(({ at, dueAt }) => dueAt - at));
  const fitting = delayLanes(BASE_WAIT_MS).filter(({ waitMs }) => waitMs <= most(waits));
  return AROUND_LANES + MOST_IN_SHORTEST + MOST_IN_LANE * Math.max(0, fitting.length - 1);
}

function unbounded({ mostRecordsPerDeferral, deferralsPerProbe }: RecordFigures, promised: number): string[] {
  const broken: string[] = [];
  if (mostRecordsPerDeferral > promised)
    broken.push(`endpoint-down: ${mostRecordsPerDeferral} records for one deferral, promised ${promised}`);
  if (deferralsPerProbe > 1)
    broken.push(`endpoint-down: ${deferralsPerProbe.toFixed(2)} deferrals for a probe, promised one`);
  return broken;
}

/** Calls a second in the busiest stretch after some time. */
function busiest(waiting: readonly Execution[], { from }: Window): number {
  const starts = waiting
    .flatMap(({ calls }) => calls.map(({ startedAt }) => startedAt).filter((at) => at >= from))
    .sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [i, at] of starts.entries()) {
    while ((starts[first] ?? at) <= at - BUSIEST_MS) first++;
    most = Math.max(most, i - first + 1);
  }
  return (most * 1_000) / BUSIEST_MS;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Takes any number of values; Math.max would exceed the argument limit. */
function most(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}

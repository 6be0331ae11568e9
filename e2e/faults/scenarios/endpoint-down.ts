import { setTimeout as sleep } from 'node:timers/promises';
import { delayLanes } from '@hookline/shared/contracts/topics';
import type { Execution, Ledger } from '../checker/ledger.ts';
import { healthyCalls, windowsOf, type Window } from '../figures/healthy-calls.ts';
import { requestBatch, type Batch } from '../load/batch.ts';
import { startOpenLoop } from '../load/open-loop.ts';
import { behaves, selectTargets } from '../load/target-groups.ts';
import { healthyFigures, lateStarts, lostThroughput } from './healthy-promise.ts';
import type { Course, Measured, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const WAITING: Record<Size, number> = { short: 1_000, default: 20_000, full: 100_000 };
/**
 * Time from the last request until the endpoint recovers; at default and full size, longer than the longest probe
 * interval at this base wait.
 */
const DOWN_MS: Record<Size, number> = { short: 10_000, default: 40_000, full: 60_000 };
const ALONE_MS: Record<Size, number> = { short: 8_000, default: 15_000, full: 30_000 };
const RUN_IN_MS = 4_000;
const HEALTHY_PER_SECOND = 50;
const REQUESTS_PER_SECOND = 250;
/** Rate limit of the endpoint, in calls per second; after the recovery, calls must come close to this rate. */
const LIMIT = 200;
const BASE_WAIT_MS = 500;
const REPORT_MS = 10_000;
const SLICE_MS = 5_000;
const BUSIEST_MS = 5_000;

/**
 * Bounds on the records of one wait. Each lane is three times as long as the lane before it (the second lane five
 * times), so a wait takes at most two records in each lane that is not longer than the wait, four in the shortest lane,
 * one before the lanes and one after. The aim is four records per wait, which no rule can meet for all waits (ADR 4).
 */
const AROUND_LANES = 2;
const MAX_IN_LANE = 2;
const MAX_IN_SHORTEST = 4;
/**
 * Maximum delay of a probe after the endpoint has recovered: the longest time for which its circuit stays open at this
 * base wait.
 */
const MAX_OPEN_MS = 30_000;
/**
 * Shares of the limit: after the recovery and the first probe, calls must reach `MIN_RATE` on average, and must not
 * exceed `MAX_RATE` in the busiest `BUSIEST_MS`.
 */
const MIN_RATE = 0.9;
const MAX_RATE = 1.05;

/**
 * An endpoint is down while requests queue for it, then recovers. `recoveryMs` runs from the recovery until all these
 * requests are delivered.
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
  /** Period in which the endpoint was down and requests arrived or waited. */
  down: Window;
  /** Period from the recovery of the endpoint until all requests were delivered. */
  back: Window;
}

async function playDown(world: World): Promise<Course> {
  const { setting, targets, receiver } = world;
  const healthy = selectTargets(targets, ['fast']);
  const load = startOpenLoop({ ...world, targets: healthy }, { ratePerSecond: HEALTHY_PER_SECOND });
  await sleep(RUN_IN_MS);
  const startedAt = Date.now();
  await sleep(ALONE_MS[setting.size]);
  const downAt = Date.now();
  const executions = WAITING[setting.size];
  const down = { ...world, targets: selectTargets(targets, ['down']) };
  const batch = await requestBatch(down, { executions, ratePerSecond: REQUESTS_PER_SECOND });
  setting.report(`${batch.open()} executions waiting`);
  await sleep(DOWN_MS[setting.size]);
  receiver.recover();
  const recoveredAt = Date.now();
  await untilDelivered(world, batch);
  const doneAt = Date.now();
  await load.stop();
  const times = {
    alone: { from: startedAt, to: downAt },
    down: { from: downAt, to: recoveredAt },
    back: { from: recoveredAt, to: doneAt },
  };
  return { recoveryMs: doneAt - recoveredAt, measure: (ledger) => measureDown(ledger, times) };
}

async function untilDelivered({ setting }: World, batch: Batch): Promise<void> {
  // Twice the time that the limit requires, plus two minutes for the last wait and a slow machine.
  const deadline = Date.now() + (2_000 * WAITING[setting.size]) / LIMIT + 120_000;
  while (Date.now() < deadline && !(await batch.ended(REPORT_MS)))
    setting.report(`${batch.open()} executions still waiting`);
}

function measureDown({ executions }: Ledger, times: Times): Measured {
  const isWaiting = ({ calls, accountId, delayed }: Execution): boolean =>
    calls.some(({ endpoint }) => behaves(endpoint, 'down')) ||
    (accountId.includes('-down-') && delayed.length > 0);
  const waiting = executions.filter(isWaiting);
  const [normal, down, back] = [times.alone, times.down, times.back].map((window) =>
    healthyCalls(executions, windowsOf(window, SLICE_MS)),
  );
  if (!normal || !down || !back) throw new Error('one of the three windows has no measurement');
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
    ...healthyFigures('while recovering', back),
  };
  const broken = [
    ...lateStarts('endpoint-down', down, normal),
    ...lateStarts('endpoint-down, recovering', back, normal),
    ...lostThroughput('endpoint-down', down, normal),
    ...unbounded(records, maxRecords(waiting)),
  ];
  if (undelivered.length > 0)
    broken.push(`endpoint-down: ${undelivered.length} executions were not delivered`);
  if (backMs > MAX_OPEN_MS + (waiting.length * 1_000) / (MIN_RATE * LIMIT))
    broken.push(`endpoint-down: ${waiting.length} executions took ${backMs} ms at a limit of ${LIMIT}/s`);
  if (busiestPerSecond > MAX_RATE * LIMIT)
    broken.push(`endpoint-down: ${busiestPerSecond} calls per second, the limit is ${LIMIT}`);
  return { figures, broken };
}

interface RecordFigures {
  probes: number;
  recordsPerWaiting: number;
  maxRecordsPerWaiting: number;
  recordsPerDeferral: number;
  maxRecordsPerDeferral: number;
  /** Mean over the executions: deferrals per failed probe during the wait, counting the arrival as a probe. */
  deferralsPerProbe: number;
}

/** Counts the records of waits in `webhook.delayed`, the lanes and `webhook.due`, and the deferrals per probe. */
function recordsOf(waiting: readonly Execution[], recoveredAt: number): RecordFigures {
  const probes = waiting.flatMap(({ calls }) => calls.map(({ startedAt }) => startedAt));
  const failedProbes = probes.filter((at) => at < recoveredAt);
  const perWaiting = waiting.map(({ delayed, lanes, due }) => delayed.length + lanes.length + due.length);
  const perDeferral = waiting.flatMap(({ delayed, lanes, due }) => {
    const step = ({ attempt, deferrals }: { attempt: number; deferrals: number }) =>
      `${attempt}/${deferrals}`;
    return [...Map.groupBy([...delayed, ...lanes, ...due], step).values()].map((records) => records.length);
  });
  const perProbe = waiting.map(({ requested: [request], delayed }) => {
    const since = request?.at ?? Infinity;
    const deferred = delayed.filter(({ deferrals, at }) => deferrals > 0 && at < recoveredAt).length;
    return deferred / (1 + failedProbes.filter((at) => at >= since).length);
  });
  return {
    probes: failedProbes.length,
    recordsPerWaiting: mean(perWaiting),
    maxRecordsPerWaiting: maxOf(perWaiting),
    recordsPerDeferral: mean(perDeferral),
    maxRecordsPerDeferral: maxOf(perDeferral),
    deferralsPerProbe: mean(perProbe),
  };
}

/** Returns the maximum number of records for one deferral, given the length of the longest observed deferral. */
function maxRecords(waiting: readonly Execution[]): number {
  const waits = waiting.flatMap(({ delayed }) => delayed.map(({ at, dueAt }) => dueAt - at));
  const fitting = delayLanes(BASE_WAIT_MS).filter(({ waitMs }) => waitMs <= maxOf(waits));
  return AROUND_LANES + MAX_IN_SHORTEST + MAX_IN_LANE * Math.max(0, fitting.length - 1);
}

function unbounded({ maxRecordsPerDeferral, deferralsPerProbe }: RecordFigures, promised: number): string[] {
  const broken: string[] = [];
  if (maxRecordsPerDeferral > promised)
    broken.push(
      `endpoint-down: ${maxRecordsPerDeferral} records for one deferral instead of at most ${promised}`,
    );
  if (deferralsPerProbe > 1)
    broken.push(`endpoint-down: ${deferralsPerProbe.toFixed(2)} deferrals per probe instead of at most one`);
  return broken;
}

/** Returns the calls per second in the busiest `BUSIEST_MS` after the start of a window. */
function busiest(waiting: readonly Execution[], { from }: Window): number {
  const starts = waiting
    .flatMap(({ calls }) => calls.map(({ startedAt }) => startedAt).filter((at) => at >= from))
    .sort((a, b) => a - b);
  let first = 0;
  let max = 0;
  for (const [i, at] of starts.entries()) {
    while ((starts[first] ?? at) <= at - BUSIEST_MS) first++;
    max = Math.max(max, i - first + 1);
  }
  return (max * 1_000) / BUSIEST_MS;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Replaces `Math.max(...values)`, which fails if there are more values than a call may have arguments. */
function maxOf(values: readonly number[]): number {
  return values.reduce((max, value) => Math.max(max, value), -Infinity);
}

import { startDeployment, type Deployment } from '../deployment/deployment.ts';
import { avroDir } from '../deployment/project.ts';
import type { Bound } from '../figures/bounds.ts';
import { type WaitFigures, waitFigures, waitsOf, type WaitsResult } from '../figures/wait-figures.ts';
import { type Row, rowOf } from '../figures/row.ts';
import { readUsage, type ProcessUsage, watchUsage } from '../machine/usage.ts';
import { runLoad } from '../programs/go-programs.ts';
import type { RowSpec, BenchContext } from '../bench-context.ts';

const RATE = 3_800;
/** Retry waits of R-007 without jitter. */
const RETRY_WAITS_MS = [5_000, 15_000, 45_000];
const LONGEST_RETRY_WAIT_MS = 135_000;
const ODD = { oddMinMs: 300, oddMaxMs: 60_000 };
const RETRY_SHARE = 0.6;

interface WaitsLoad {
  records: number;
  ratePerSecond: number;
  retryShare: number;
  retryWaitsMs: number[];
  oddMinMs: number;
  oddMaxMs: number;
  delayMs: number;
}

/**
 * Short waits at the same rate, so that the heap reaches the size that this rate requires before many records wait in
 * the lanes.
 */
const WARM_UP: WaitsLoad[] = [
  {
    records: 20_000,
    ratePerSecond: RATE,
    retryShare: RETRY_SHARE,
    retryWaitsMs: [5_000],
    oddMinMs: 300,
    oddMaxMs: 5_000,
    delayMs: 0,
  },
];
const LONG_RECORDS = 11_400;
const LONG_MS = (LONG_RECORDS * 1_000) / RATE;
/**
 * The longest waits are published first, so that they end before the deadline. More than 100,000 records wait at the
 * same time.
 */
const LOAD: WaitsLoad[] = [
  {
    records: LONG_RECORDS,
    ratePerSecond: RATE,
    retryShare: 1,
    retryWaitsMs: [LONGEST_RETRY_WAIT_MS],
    ...ODD,
    delayMs: 0,
  },
  {
    records: 200_000,
    ratePerSecond: RATE,
    retryShare: RETRY_SHARE,
    retryWaitsMs: RETRY_WAITS_MS,
    ...ODD,
    delayMs: LONG_MS,
  },
];
/** Allows 12 s of lateness after the longest wait. */
const DEADLINE_MS = LONG_MS + LONGEST_RETRY_WAIT_MS + 12_000;
const READ_BACK_MS = 75_000;

/**
 * Guarantees of R-007 and ADR 4: a release is at most a tenth of the base wait early, and 99 of 100 releases are at
 * most 1 s late.
 */
const MAX_EARLY_MS = 500;
const MAX_LATE_P99_MS = 1_000;
const MAX_RETRY_RECORDS = 4;
/** Waiting records occupy no memory, so 100,000 waits must not need much more memory than the warm-up. */
const MAX_RSS_GROWTH_PERCENT = 25;

/**
 * Publishes 211,400 waits of 0.3 to 135 s at a steady rate to one retry scheduler, and measures how punctually they are
 * released, how many records that takes, and the CPU and memory of the scheduler. Measures the projects one after
 * another, with one round each, because a round lasts as long as its longest waits.
 */
export const LANES_ROW: RowSpec = {
  name: 'lanes',
  measure: async (context) => {
    const rows: Row[] = [];
    for (const project of context.projects) {
      await using deployment = await startDeployment(context, project, ['retry-scheduler']);
      rows.push(await measureLanes(context, deployment));
    }
    return rows;
  },
};

async function measureLanes(context: BenchContext, deployment: Deployment): Promise<Row> {
  const { project, processes } = deployment;
  context.report(`lanes (${project.label}): warm-up`);
  await playWaits(context, deployment, WARM_UP);
  const before = (await readUsage(processes)).rssMiB;
  context.report(`lanes (${project.label}): ${LOAD.reduce((sum, { records }) => sum + records, 0)} waits`);
  const { result, usage } = await watchUsage(processes, { work: () => playWaits(context, deployment, LOAD) });
  const waits = waitsOf(result);
  const all = waitFigures(waits);
  const retries = waitFigures(waits.filter(({ retry }) => retry));
  const others = waitFigures(waits.filter(({ retry }) => !retry));
  const growth =
    ((usage.maxRssMiB['retry-scheduler'] ?? Number.NaN) / (before['retry-scheduler'] ?? 1) - 1) * 100;
  return rowOf({
    name: 'lanes',
    project: project.label,
    rounds: [
      {
        cpuPercent: percentOf(usage),
        rssMiB: usage.maxRssMiB,
        more: {
          'waiting at the same time, max': result.maxWaiting,
          'append delay to webhook.delayed, p99, ms': all.publishP99Ms,
          'late, median, ms': all.lateMedianMs,
          'late, max, ms': all.maxLateMs,
          'records per retry, mean': retries.meanRecords,
          'records per other wait, mean': others.meanRecords,
          'records per other wait, max': others.maxRecords,
        },
      },
    ],
    bounds: boundsOf({ all, retries, others, growth }),
  });
}

async function playWaits(
  context: BenchContext,
  { project, isolated }: Deployment,
  loads: WaitsLoad[],
): Promise<WaitsResult> {
  return runLoad<WaitsResult>(context.programs.load, {
    kind: 'waits',
    order: {
      brokers: isolated.brokers,
      prefix: isolated.client.prefix,
      avroDir: avroDir(project),
      loads,
      deadlineMs: DEADLINE_MS,
    },
    deadlineMs: DEADLINE_MS + READ_BACK_MS,
  });
}

function percentOf({ cpuMs, ms }: ProcessUsage): Record<string, number> {
  return Object.fromEntries(Object.entries(cpuMs).map(([name, used]) => [name, (used * 100) / ms]));
}

function boundsOf(figures: {
  all: WaitFigures;
  retries: WaitFigures;
  others: WaitFigures;
  growth: number;
}): Bound[] {
  const { all, retries, others, growth } = figures;
  const bound = (name: string, unit: string, value: number, max: number): Bound => ({
    name,
    unit,
    max,
    rounds: [value],
  });
  return [
    bound('early, max', 'ms', all.maxEarlyMs, MAX_EARLY_MS),
    bound('late, p99', 'ms', all.lateP99Ms, MAX_LATE_P99_MS),
    bound('retries late, p99', 'ms', retries.lateP99Ms, MAX_LATE_P99_MS),
    bound('other waits late, p99', 'ms', others.lateP99Ms, MAX_LATE_P99_MS),
    bound('not released exactly once', 'waits', all.notReleasedOnce, 0),
    bound('records per retry, max', 'records', retries.maxRecords, MAX_RETRY_RECORDS),
    bound('growth of the scheduler', '% of its memory', growth, MAX_RSS_GROWTH_PERCENT),
  ];
}

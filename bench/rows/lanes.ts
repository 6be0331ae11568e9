import { startDeployment, type Deployment } from '../deployment/deployment.ts';
import { avroDir } from '../deployment/project.ts';
import type { Bound } from '../figures/bounds.ts';
import { type PassageFigures, passageFigures, passagesOf, type WaitsResult } from '../figures/passages.ts';
import { type Row, rowOf } from '../figures/row.ts';
import { readUsage, type Usage, watchUsage } from '../machine/usage.ts';
import { runLoad } from '../programs/go-programs.ts';
import type { RowSpec, Setting } from '../setting.ts';

const RATE = 3_800;
/** R-007, before jitter. */
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

/** The same rate of waits that are soon over: makes the heap as large as the rate needs, whatever the lanes hold. */
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
/** Those that wait longest come first, so that the row ends in time; over 100,000 wait at one time. */
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
/** After the longest wait the lanes may be late, and no later. */
const DEADLINE_MS = LONG_MS + LONGEST_RETRY_WAIT_MS + 12_000;
const READ_BACK_MS = 75_000;

/** What is promised (R-007, ADR 4): a release is at most a tenth of the base wait early, and in time but for one in 100. */
const MAX_EARLY_MS = 500;
const MAX_LATE_P99_MS = 1_000;
const MAX_RETRY_RECORDS = 4;
/** What the lanes hold costs no memory, so 100,000 waits must not need much more than the warm-up. */
const MAX_RSS_GROWTH_PERCENT = 25;

/**
 * 211,400 waits of 0.3 to 135 s, published at a steady rate to one retry scheduler: how exactly they are released, over
 * how many records, and what the scheduler takes for it. One round, and one project after the other: it takes as long
 * as its longest waits.
 */
export const LANES_ROW: RowSpec = {
  name: 'lanes',
  measure: async (setting) => {
    const rows: Row[] = [];
    for (const project of setting.projects) {
      await using deployment = await startDeployment(setting, project, ['retry-scheduler']);
      rows.push(await measureLanes(setting, deployment));
    }
    return rows;
  },
};

async function measureLanes(setting: Setting, deployment: Deployment): Promise<Row> {
  const { project, processes } = deployment;
  setting.report(`lanes (${project.label}): warm-up`);
  await playWaits(setting, deployment, WARM_UP);
  const before = (await readUsage(processes)).rssMiB;
  setting.report(`lanes (${project.label}): ${LOAD.reduce((sum, { records }) => sum + records, 0)} waits`);
  const { result, usage } = await watchUsage(processes, { work: () => playWaits(setting, deployment, LOAD) });
  const passages = passagesOf(result);
  const all = passageFigures(passages);
  const retries = passageFigures(passages.filter(({ retry }) => retry));
  const others = passageFigures(passages.filter(({ retry }) => !retry));
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
          'waiting at one time, most': result.maxWaiting,
          'appended to webhook.delayed after, p99, ms': all.publishP99Ms,
          'late, median, ms': all.lateMedianMs,
          'late, most, ms': all.maxLateMs,
          'records of a retry, mean': retries.meanRecords,
          'records of an odd wait, mean': others.meanRecords,
          'records of an odd wait, most': others.maxRecords,
        },
      },
    ],
    bounds: boundsOf({ all, retries, others, growth }),
  });
}

async function playWaits(
  setting: Setting,
  { project, place }: Deployment,
  loads: WaitsLoad[],
): Promise<WaitsResult> {
  return runLoad<WaitsResult>(setting.programs.load, {
    kind: 'waits',
    order: {
      brokers: place.brokers,
      prefix: place.client.prefix,
      avroDir: avroDir(project),
      loads,
      deadlineMs: DEADLINE_MS,
    },
    deadlineMs: DEADLINE_MS + READ_BACK_MS,
  });
}

function percentOf({ cpuMs, ms }: Usage): Record<string, number> {
  return Object.fromEntries(Object.entries(cpuMs).map(([name, used]) => [name, (used * 100) / ms]));
}

function boundsOf(figures: {
  all: PassageFigures;
  retries: PassageFigures;
  others: PassageFigures;
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
    bound('most early', 'ms', all.maxEarlyMs, MAX_EARLY_MS),
    bound('late, p99', 'ms', all.lateP99Ms, MAX_LATE_P99_MS),
    bound('retries late, p99', 'ms', retries.lateP99Ms, MAX_LATE_P99_MS),
    bound('odd waits late, p99', 'ms', others.lateP99Ms, MAX_LATE_P99_MS),
    bound('not released exactly once', 'waits', all.notReleasedOnce, 0),
    bound('records of a retry, most', 'records', retries.maxRecords, MAX_RETRY_RECORDS),
    bound('growth of the scheduler', '% of its memory', growth, MAX_RSS_GROWTH_PERCENT),
  ];
}

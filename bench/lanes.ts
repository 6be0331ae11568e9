import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_BASE_WAIT_MS, TOPICS } from '@hookline/shared/contracts/topics';
import { createBenchPlace, type BenchPlace } from './bench-place.ts';
import { publishWaits, type LanesLoad, type WaitReason } from './lanes-load.ts';
import { passageFigures, readPassages, type Passage, type PassageFigures } from './lanes-passages.ts';
import { startScheduler, type BenchScheduler, type ProcessSample } from './lanes-scheduler.ts';
import { row, type Row, type Setting } from './row.ts';

const RECORDS_PER_SECOND = 3_800;
/** The same rate of waits that are soon over: makes the heap as large as the rate needs, whatever the lanes hold. */
const WARM_UP: LanesLoad = {
  accountPrefix: 'warm-up',
  records: 35_000,
  recordsPerSecond: RECORDS_PER_SECOND,
  longestMs: 5_000,
};
/** So many, so fast and so long that over 100,000 wait at one time. */
const LOAD: LanesLoad = {
  accountPrefix: 'measured',
  records: 170_000,
  recordsPerSecond: RECORDS_PER_SECOND,
  longestMs: Infinity,
};
const SAMPLE_MS = 1_000;
const MIB = 1_048_576;

/** What is promised (R-007, ADR 4): a release is at most a tenth of the base wait early, and in time but for one in 100. */
const EARLY_MOST_MS = DEFAULT_BASE_WAIT_MS / 10;
const LATE_P99_MS = 1_000;
const RETRY_RECORDS_MOST = 4;
/** What the lanes hold costs no memory, so 100,000 waits must not need much more than the warm-up. */
const RSS_GROWTH_PERCENT = 25;

interface Sample extends ProcessSample {
  /** Waits published and not yet released. */
  waiting: number;
}

/**
 * 170,000 waits of 0.3 to 135 s, published at a steady rate to one retry scheduler: how exactly they are released, over
 * how many records, and what the scheduler takes meanwhile.
 */
export async function measureLanes(setting: Setting): Promise<Row[]> {
  await using place = await createBenchPlace(setting);
  const usage: Row[] = [];
  {
    await using scheduler = await startScheduler(setting, place);
    setting.report('lanes: warm-up …');
    await runLoad(place, scheduler, WARM_UP);
    setting.report(`lanes: ${LOAD.records} waits …`);
    usage.push(...usageRows(await runLoad(place, scheduler, LOAD)));
  }
  const passages = await readPassages(place);
  return [
    ...passageRows(passages.filter(({ accountId }) => accountId.startsWith(LOAD.accountPrefix))),
    ...usage,
  ];
}

/** Publishes a load and watches the scheduler until all of it is released; the first sample is from before. */
async function runLoad(place: BenchPlace, scheduler: BenchScheduler, load: LanesLoad): Promise<Sample[]> {
  const before = { ...(await scheduler.sample()), waiting: 0 };
  const releasedBefore = await place.count(TOPICS.due);
  const over = new AbortController();
  const pass = async (): Promise<void> => {
    await publishWaits(place, load);
    await place.untilCount(TOPICS.due, releasedBefore + load.records);
  };
  const [samples] = await Promise.all([
    watch(place, scheduler, over.signal),
    pass().finally(() => over.abort()),
  ]);
  return [before, ...samples];
}

async function watch(place: BenchPlace, scheduler: BenchScheduler, until: AbortSignal): Promise<Sample[]> {
  const samples: Sample[] = [];
  do {
    await sleep(SAMPLE_MS);
    const [sample, delayed, due] = await Promise.all([
      scheduler.sample(),
      place.count(TOPICS.delayed),
      place.count(TOPICS.due),
    ]);
    samples.push({ ...sample, waiting: delayed - due });
  } while (!until.aborted);
  return samples;
}

function passageRows(passages: readonly Passage[]): Row[] {
  const all = passageFigures(passages);
  const of = (wanted: WaitReason): PassageFigures =>
    passageFigures(passages.filter(({ reason }) => reason === wanted));
  const [retries, others] = [of('retry'), of('rate_limited')];
  return [
    row('lanes: most early', 'ms', [all.earlyMostMs], { most: EARLY_MOST_MS }),
    row('lanes: late, median', 'ms', [all.lateMedianMs]),
    row('lanes: late, p99', 'ms', [all.lateP99Ms], { most: LATE_P99_MS }),
    row('lanes: late, most', 'ms', [all.lateMostMs]),
    row('lanes: retries late, p99', 'ms', [retries.lateP99Ms], { most: LATE_P99_MS }),
    row('lanes: odd waits late, p99', 'ms', [others.lateP99Ms], { most: LATE_P99_MS }),
    row('lanes: released not exactly once', 'waits', [LOAD.records - all.releasedOnce], { most: 0 }),
    row('lanes: Kafka records of a retry, mean', 'records', [retries.recordsMean], { digits: 2 }),
    row('lanes: Kafka records of a retry, most', 'records', [retries.recordsMost], {
      most: RETRY_RECORDS_MOST,
    }),
    row('lanes: Kafka records of an odd wait, mean', 'records', [others.recordsMean], { digits: 2 }),
    row('lanes: Kafka records of an odd wait, most', 'records', [others.recordsMost]),
  ];
}

/** @param samples the first is from before the load */
function usageRows(samples: readonly Sample[]): Row[] {
  const [before, after] = [samples[0], samples.at(-1)];
  if (!before || !after) throw new Error('the scheduler was not watched');
  const fullest = samples.reduce((most, one) => (one.waiting > most.waiting ? one : most));
  const rssMost = Math.max(...samples.map(({ rssBytes }) => rssBytes));
  const cpuShare = ((after.cpuSeconds - before.cpuSeconds) * 1_000) / (after.at - before.at);
  const rss = (name: string, bytes: number): Row =>
    row(`lanes: scheduler RSS, ${name}`, 'MiB', [bytes / MIB]);
  return [
    row('lanes: waiting at one time, most', 'waits', [fullest.waiting]),
    row('lanes: scheduler CPU', '% of a core', [cpuShare * 100]),
    rss('none waiting yet', before.rssBytes),
    rss('most waiting', fullest.rssBytes),
    rss('none waiting any more', after.rssBytes),
    rss('most', rssMost),
    row('lanes: scheduler RSS, growth', '%', [(rssMost / before.rssBytes - 1) * 100], {
      digits: 1,
      most: RSS_GROWTH_PERCENT,
    }),
  ];
}

import { avroDir, type Project } from '../deployment/project.ts';
import type { Target } from '../deployment/hookline-api.ts';
import type { Place } from '../deployment/place.ts';
import type { ByProcess, RoundFigures } from '../figures/row.ts';
import { arrivalRate, balanceOf, deferralsOf, startTimes } from '../figures/round-figures.ts';
import { fatesOf, type RoundResult } from '../figures/round-result.ts';
import { type Usage, type WatchedProcess, watchUsage } from '../machine/usage.ts';
import { runLoad } from '../programs/go-programs.ts';
import type { Setting } from '../setting.ts';

/** The load generator reads the topics back for up to a minute after the load. */
const AFTER_LOAD_MS = 75_000;
const BODY_BYTES = 1_024;

/** One kind of load, as bench/go/internal/round/order.go explains it. */
export interface Stream {
  targets: number[];
  outstanding?: number;
  ratePerSecond?: number;
  count?: number;
  delayMs?: number;
  durationMs?: number;
  awaited: boolean;
}

/** The load of one round. */
export interface Load {
  streams: Stream[];
  maxRequests: number;
  deadlineMs: number;
  /** Through the REST API instead of Kafka. */
  viaApi?: string;
}

/** Where the load of a round goes, and whose use of CPU and memory is read. */
export interface LoadTarget {
  project: Project;
  place: Place;
  processes: readonly WatchedProcess[];
  targets: readonly Target[];
}

export interface PlayedRound {
  result: RoundResult;
  usage: Usage;
}

/** Plays one round and measures what the processes used during it. */
export async function playRound(
  setting: Setting,
  { project, place, processes, targets }: LoadTarget,
  load: Load,
): Promise<PlayedRound> {
  const order = {
    brokers: place.brokers,
    prefix: place.client.prefix,
    avroDir: avroDir(project),
    sink: setting.sink.url,
    api: load.viaApi ?? '',
    targets,
    bodyBytes: BODY_BYTES,
    streams: load.streams,
    maxRequests: load.maxRequests,
    deadlineMs: load.deadlineMs,
  };
  return watchUsage([...processes, setting.sink.process], {
    work: () =>
      runLoad<RoundResult>(setting.programs.load, {
        kind: 'round',
        order,
        deadlineMs: load.deadlineMs + AFTER_LOAD_MS,
      }),
    settle: processes.filter(({ name }) => name === 'log-ingestor'),
  });
}

/**
 * The figures that every row with deliveries has.
 * @param starts streams whose start times are shown; all if left out
 */
export function commonFigures({ result, usage }: PlayedRound, starts?: readonly number[]): RoundFigures {
  const fates = fatesOf(result);
  const delivered = fates.filter(({ arrivedMs }) => arrivedMs >= 0).length;
  return {
    ...balanceOf(fates),
    deliveriesPerSecond: arrivalRate(fates, 0, result.publishedMs),
    startMs: startTimes(fatesOf(result, starts), result.endedMs),
    deferrals: deferralsOf(fates),
    cpuMsPerDelivery: perDelivery(usage.cpuMs, delivered),
    rssMiB: usage.maxRssMiB,
  };
}

function perDelivery(cpuMs: ByProcess, deliveries: number): ByProcess {
  return Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, ms / Math.max(1, deliveries)]));
}

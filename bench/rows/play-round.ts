import { avroDir, type Project } from '../deployment/project.ts';
import type { Target } from '../deployment/hookline-api.ts';
import type { IsolatedStores } from '../deployment/isolated-stores.ts';
import type { ByProcess, RoundFigures } from '../figures/row.ts';
import { arrivalRate, balanceOf, deferralsOf, startTimes } from '../figures/round-figures.ts';
import { fatesOf, type RoundResult } from '../figures/round-result.ts';
import { type ProcessUsage, type WatchedProcess, watchUsage } from '../machine/usage.ts';
import { runLoad } from '../programs/go-programs.ts';
import type { BenchContext } from '../bench-context.ts';

/** Time allowed after the load, because the load generator then reads the topics for up to a minute. */
const AFTER_LOAD_MS = 75_000;
const BODY_BYTES = 1_024;

/** One kind of load; see `Stream` in bench/go/internal/round/order.go. */
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
export interface RoundLoad {
  streams: Stream[];
  maxRequests: number;
  deadlineMs: number;
  /** URL of the REST API if requests are sent through it instead of Kafka. */
  viaApi?: string;
  /** Maximum number of requests in one call of the API; 0 sends each request alone. */
  bulkItems?: number;
}

/** Deployment that receives the load of a round, and processes whose CPU and memory are measured. */
export interface LoadTarget {
  project: Project;
  isolated: IsolatedStores;
  processes: readonly WatchedProcess[];
  targets: readonly Target[];
}

export interface PlayedRound {
  result: RoundResult;
  usage: ProcessUsage;
}

/** Runs one round and measures the CPU and memory that the processes use during it. */
export async function playRound(
  context: BenchContext,
  { project, isolated, processes, targets }: LoadTarget,
  load: RoundLoad,
): Promise<PlayedRound> {
  const order = {
    brokers: isolated.brokers,
    prefix: isolated.client.prefix,
    avroDir: avroDir(project),
    sink: context.sink.url,
    api: load.viaApi ?? '',
    bulkItems: load.bulkItems ?? 0,
    targets,
    bodyBytes: BODY_BYTES,
    streams: load.streams,
    maxRequests: load.maxRequests,
    deadlineMs: load.deadlineMs,
  };
  return watchUsage([...processes, context.sink.process], {
    work: () =>
      runLoad<RoundResult>(context.programs.load, {
        kind: 'round',
        order,
        deadlineMs: load.deadlineMs + AFTER_LOAD_MS,
      }),
    settle: processes.filter(({ name }) => name === 'log-ingestor'),
  });
}

/**
 * Computes the figures that every row with deliveries has.
 * @param starts streams whose start times are included; all by default
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

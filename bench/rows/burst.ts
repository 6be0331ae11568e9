import { type Burst, burstBoundMs } from '../figures/bounds.ts';
import { burstFigures, startTimes } from '../figures/round-figures.ts';
import { fatesOf } from '../figures/round-result.ts';
import { RAISED } from './loops.ts';
import { pipelineRow } from './pipeline.ts';
import type { RoundLoad } from './play-round.ts';
import type { RowSpec } from '../bench-context.ts';

/** Number of other accounts, which get a light load before and during the burst. */
const OTHERS = 9;
const OTHERS_PER_SECOND = 100;
/** Duration of the light load before the burst. */
const BEFORE_MS = 1_000;
const MAX_P99_MS = 100;
const MAX_DEFERRALS = 2;
const LIGHT = 0;
const BURST = 1;

const LONG_ROUND_MS = 100_000;

/**
 * Returns the time allowed for a round: about twice the bound, so that the result shows how late a burst is, but at
 * most 100 s, or slightly more than the bound if that is longer.
 */
function deadlineMs(boundMs: number): number {
  return BEFORE_MS + Math.min(2 * boundMs + 5_000, Math.max(boundMs + 2_000, LONG_ROUND_MS));
}

/** Default limit on calls in flight to one endpoint. */
const DEFAULT_IN_FLIGHT = 10;

interface BurstPlan extends Burst {
  name: string;
  /** Whether the account of the burst keeps its default limits; those of the other accounts are always raised. */
  usesDefaultLimits?: boolean;
}

/**
 * Publishes N requests to one endpoint as fast as Kafka accepts them, while nine other endpoints get a light load.
 * Every round uses an endpoint that was never called before.
 */
function burstRow({ name, usesDefaultLimits = false, ...burst }: BurstPlan): RowSpec {
  const limits = usesDefaultLimits ? {} : { inFlight: RAISED };
  const duration = 'burst duration';
  return pipelineRow({
    name,
    needs: ['s1'],
    accounts: ({ sink, rounds }) => [
      ...Array.from({ length: OTHERS }, (_, i) => ({ url: `${sink.url}/other/${i}`, inFlight: RAISED })),
      ...Array.from({ length: rounds }, (_, i) => ({
        url: `${sink.url}/after/${burst.responseMs}/burst/${i}`,
        ...limits,
      })),
    ],
    warm: OTHERS,
    load: ({ round, project, context }): RoundLoad => ({
      streams: [
        {
          targets: Array.from({ length: OTHERS }, (_, i) => i),
          ratePerSecond: OTHERS_PER_SECOND,
          awaited: true,
        },
        { targets: [OTHERS + round], count: burst.requests, delayMs: BEFORE_MS, awaited: true },
      ],
      maxRequests: burst.requests * 2 + 50_000,
      deadlineMs: deadlineMs(burstBoundMs(burst, context.saturation.get(project.label) ?? Number.NaN)),
    }),
    figures: ({ result }) => {
      const { durationMs, delivered } = burstFigures(fatesOf(result, [BURST]), result.endedMs);
      const others = fatesOf(result, [LIGHT]).filter(({ createdMs }) => createdMs >= BEFORE_MS);
      return {
        deliveriesPerSecond: (delivered * 1_000) / durationMs,
        startMs: startTimes(others, result.endedMs),
        more: { [duration]: durationMs, 'delivered requests of the burst': delivered },
      };
    },
    bounds: (rounds, saturation) => [
      {
        name: duration,
        unit: 'ms',
        max: burstBoundMs(burst, saturation),
        rounds: rounds.map(({ more }) => more?.[duration] ?? Number.NaN),
      },
      {
        name: 'max deferrals of a request',
        unit: 'deferrals',
        max: MAX_DEFERRALS,
        rounds: rounds.map(({ deferrals }) => deferrals?.max ?? Number.NaN),
      },
      {
        name: 'start p99 of the other endpoints',
        unit: 'ms',
        max: MAX_P99_MS,
        rounds: rounds.map(({ startMs }) => startMs?.p99 ?? Number.NaN),
      },
    ],
  });
}

export const BURST_ROWS: readonly RowSpec[] = [
  burstRow({ name: 'burst_5k_1ms', requests: 5_000, responseMs: 1, inFlight: RAISED }),
  burstRow({ name: 'burst_5k_20ms', requests: 5_000, responseMs: 20, inFlight: RAISED }),
  burstRow({ name: 'burst_20k_20ms', requests: 20_000, responseMs: 20, inFlight: RAISED }),
  burstRow({ name: 'burst_100k_1ms', requests: 100_000, responseMs: 1, inFlight: RAISED }),
  burstRow({
    name: 'burst_5k_20ms_default',
    requests: 5_000,
    responseMs: 20,
    inFlight: DEFAULT_IN_FLIGHT,
    usesDefaultLimits: true,
  }),
];

import { type Burst, burstBoundMs } from '../figures/bounds.ts';
import { burstFigures, startTimes } from '../figures/round-figures.ts';
import { fatesOf } from '../figures/round-result.ts';
import type { RowSpec } from '../setting.ts';
import { RAISED } from './loops.ts';
import { pipelineRow } from './pipeline.ts';
import type { Load } from './play-round.ts';

/** Accounts with a light load of their own while the burst is on its way. */
const OTHERS = 9;
const OTHERS_PER_SECOND = 100;
/** How long the light load runs before the burst. */
const BEFORE_MS = 1_000;
const MAX_P99_MS = 100;
const MAX_DEFERRALS = 2;
const LIGHT = 0;
const BURST = 1;

const LONG_ROUND_MS = 100_000;

/** A round lasts for twice what is promised, so that a burst that is late shows how late; a long one for little more. */
function deadlineMs(boundMs: number): number {
  return BEFORE_MS + Math.min(2 * boundMs + 5_000, Math.max(boundMs + 2_000, LONG_ROUND_MS));
}

/** What the shipped limits allow in flight to one endpoint. */
const SHIPPED = 10;

interface BurstPlan extends Burst {
  name: string;
  /** Leaves the accounts' limits as shipped. */
  shippedLimits?: boolean;
}

/**
 * N requests as fast as Kafka takes them, to one endpoint that was never called before, while nine others get a light
 * load. Every round has an endpoint of its own.
 */
function burstRow({ name, shippedLimits = false, ...burst }: BurstPlan): RowSpec {
  const limits = shippedLimits ? {} : { inFlight: RAISED };
  const through = 'burst through';
  return pipelineRow({
    name,
    needs: ['s1'],
    accounts: ({ sink, rounds }) => [
      ...Array.from({ length: OTHERS }, (_, i) => ({ url: `${sink.url}/other/${i}`, inFlight: RAISED })),
      ...Array.from({ length: rounds }, (_, i) => ({
        url: `${sink.url}/after/${burst.answerMs}/burst/${i}`,
        ...limits,
      })),
    ],
    warm: OTHERS,
    load: ({ round, project, setting }): Load => ({
      streams: [
        {
          targets: Array.from({ length: OTHERS }, (_, i) => i),
          ratePerSecond: OTHERS_PER_SECOND,
          awaited: true,
        },
        { targets: [OTHERS + round], count: burst.requests, delayMs: BEFORE_MS, awaited: true },
      ],
      maxRequests: burst.requests * 2 + 50_000,
      deadlineMs: deadlineMs(burstBoundMs(burst, setting.saturation.get(project.label) ?? Number.NaN)),
    }),
    figures: ({ result }) => {
      const { throughMs, delivered } = burstFigures(fatesOf(result, [BURST]), result.endedMs);
      const others = fatesOf(result, [LIGHT]).filter(({ createdMs }) => createdMs >= BEFORE_MS);
      return {
        deliveriesPerSecond: (delivered * 1_000) / throughMs,
        startMs: startTimes(others, result.endedMs),
        more: { [through]: throughMs, 'delivered of the burst': delivered },
      };
    },
    bounds: (rounds, saturation) => [
      {
        name: through,
        unit: 'ms',
        max: burstBoundMs(burst, saturation),
        rounds: rounds.map(({ more }) => more?.[through] ?? Number.NaN),
      },
      {
        name: 'most deferrals of a request',
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
  burstRow({ name: 'burst_5k_1ms', requests: 5_000, answerMs: 1, inFlight: RAISED }),
  burstRow({ name: 'burst_5k_20ms', requests: 5_000, answerMs: 20, inFlight: RAISED }),
  burstRow({ name: 'burst_20k_20ms', requests: 20_000, answerMs: 20, inFlight: RAISED }),
  burstRow({ name: 'burst_100k_1ms', requests: 100_000, answerMs: 1, inFlight: RAISED }),
  burstRow({
    name: 'burst_5k_20ms_default',
    requests: 5_000,
    answerMs: 20,
    inFlight: SHIPPED,
    shippedLimits: true,
  }),
];

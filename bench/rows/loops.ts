import type { TargetPlan } from '../deployment/hookline-api.ts';
import { fatesOf } from '../figures/round-result.ts';
import { startTimes } from '../figures/round-figures.ts';
import { OUTSTANDING, type PipelinePlan, pipelineRow, RESPONSE_TO_ROW } from './pipeline.ts';
import type { RoundLoad } from './play-round.ts';
import type { RowSpec } from '../bench-context.ts';

const ROUND_MS = 10_000;
/** Time allowed after the last publish; a request that has no outcome by then counts as waiting or lost. */
const DRAIN_MS = 15_000;
const MAX_REQUESTS = 300_000;
/** Number of requests per call of the API, and a number of outstanding requests that is enough to fill every call. */
const BULK_ITEMS = 100;
const BULK_OUTSTANDING = 4_000;
/** Limit on calls in flight, for an account and for an endpoint, in rows that raise it. */
export const RAISED = 200;

const accounts =
  (count: number, inFlight?: number) =>
  (context: { sink: { url: string } }): TargetPlan[] =>
    Array.from({ length: count }, (_, i) => ({
      url: `${context.sink.url}/account/${i}`,
      ...(inFlight === undefined ? {} : { inFlight }),
    }));

/** Maximum p95 of the time from the response to the committed row, at 400 executions per second. */
const MAX_ROW_MS = 50;

const all = (targets: readonly unknown[]): number[] => targets.map((_, i) => i);

type ClosedLoop = Pick<PipelinePlan, 'name' | 'accounts' | 'viaApi' | 'bulkItems'> & { outstanding?: number };

/** Keeps a fixed number of requests outstanding, to measure the maximum rate of deliveries. */
function closedLoop({ outstanding = OUTSTANDING, ...plan }: ClosedLoop): RowSpec {
  return pipelineRow({
    ...plan,
    load: ({ targets }): RoundLoad => ({
      streams: [{ targets: all(targets), outstanding, durationMs: ROUND_MS, awaited: true }],
      maxRequests: MAX_REQUESTS,
      deadlineMs: ROUND_MS + DRAIN_MS,
    }),
  });
}

/** Publishes at a fixed rate, regardless of the results, to measure how soon requests start. */
function steady(ratePerSecond: number, { maxRowMs }: { maxRowMs?: number } = {}): RowSpec {
  return pipelineRow({
    name: `steady_${ratePerSecond}`,
    accounts: accounts(100),
    load: ({ targets }): RoundLoad => ({
      streams: [{ targets: all(targets), ratePerSecond, durationMs: ROUND_MS, awaited: true }],
      maxRequests: MAX_REQUESTS,
      deadlineMs: ROUND_MS + DRAIN_MS,
    }),
    timesHistory: true,
    bounds: (rounds) =>
      maxRowMs === undefined
        ? []
        : [
            {
              name: RESPONSE_TO_ROW,
              unit: 'ms',
              max: maxRowMs,
              rounds: rounds.map(({ more }) => more?.[RESPONSE_TO_ROW] ?? Number.NaN),
            },
          ],
  });
}

const SLOW_RESPONSE_MS = 10_000;
const SLOW_RATE = 1_000;
const SLOW_ACCOUNTS = 10;
const MAX_P99_MS = 100;

/** One of ten endpoints responds after ten seconds, which must not affect the others. */
const slowEndpoint = pipelineRow({
  name: 'slow_endpoint',
  accounts: (context) => [
    ...accounts(SLOW_ACCOUNTS - 1, RAISED)(context),
    { url: `${context.sink.url}/after/${SLOW_RESPONSE_MS}/slow`, inFlight: RAISED },
  ],
  warm: SLOW_ACCOUNTS - 1,
  load: ({ targets }): RoundLoad => {
    const slow = targets.length - 1;
    return {
      streams: [
        {
          targets: all(targets).slice(0, slow),
          ratePerSecond: (SLOW_RATE * slow) / targets.length,
          durationMs: ROUND_MS,
          awaited: true,
        },
        { targets: [slow], ratePerSecond: SLOW_RATE / targets.length, durationMs: ROUND_MS, awaited: false },
      ],
      maxRequests: MAX_REQUESTS,
      deadlineMs: ROUND_MS + DRAIN_MS,
    };
  },
  figures: ({ result }) => ({ startMs: startTimes(fatesOf(result, [0]), result.endedMs) }),
  bounds: (rounds) => [
    {
      name: 'start p99 of the other endpoints',
      unit: 'ms',
      max: MAX_P99_MS,
      rounds: rounds.map(({ startMs }) => startMs?.p99 ?? Number.NaN),
    },
  ],
});

export const LOOP_ROWS: readonly RowSpec[] = [
  closedLoop({ name: 's1', accounts: accounts(1, RAISED) }),
  closedLoop({ name: 's2', accounts: accounts(100, RAISED) }),
  steady(100),
  steady(400, { maxRowMs: MAX_ROW_MS }),
  steady(1_000),
  slowEndpoint,
  closedLoop({ name: 'rest', accounts: accounts(100, RAISED), viaApi: true }),
  closedLoop({
    name: 'rest_bulk',
    accounts: accounts(20, RAISED),
    viaApi: true,
    bulkItems: BULK_ITEMS,
    outstanding: BULK_OUTSTANDING,
  }),
];

import type { Execution } from '../checker/ledger.ts';
import { behaves } from '../load/target-groups.ts';
import { median, percentile } from './percentile.ts';

/** A stretch of a run, epoch ms; `to` is outside. */
export interface Window {
  from: number;
  to: number;
}

/** How calls of healthy endpoints went whose requests came in a window. */
export interface HealthyCalls {
  /** From the append of the request until the endpoint had it, ms. */
  medianMs: number;
  p99Ms: number;
  /** Median of the p99 of each slice of the window: a standstill of the machine moves only one of them. */
  sliceP99Ms: number;
  maxMs: number;
  /** Outcomes in the window. */
  perSecond: number;
}

const SLICE_MS = 5_000;

/** Reads it from a history; pure. */
export function healthyCalls(executions: readonly Execution[], window: Window): HealthyCalls {
  const healthy = executions.filter(({ calls }) => calls.some(({ endpoint }) => behaves(endpoint, 'fast')));
  const delays = healthy.flatMap((execution) => delayOf(execution, window));
  const slices = Map.groupBy(delays, ({ at }) => Math.floor((at - window.from) / SLICE_MS));
  const all = delays.map(({ ms }) => ms);
  const outcomes = healthy.filter(({ outcomes: [outcome] }) => outcome && isIn(window, outcome.at));
  return {
    medianMs: median(all),
    p99Ms: percentile(all, 0.99),
    sliceP99Ms: median(
      [...slices.values()].map((slice) =>
        percentile(
          slice.map(({ ms }) => ms),
          0.99,
        ),
      ),
    ),
    maxMs: percentile(all, 1),
    perSecond: outcomes.length / ((window.to - window.from) / 1_000),
  };
}

function delayOf({ requested: [request], calls: [call] }: Execution, window: Window) {
  if (!request || !call || !isIn(window, request.at)) return [];
  return [{ at: request.at, ms: call.startedAt - request.at }];
}

export function isIn({ from, to }: Window, at: number): boolean {
  return at >= from && at < to;
}

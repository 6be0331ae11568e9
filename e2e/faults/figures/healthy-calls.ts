import type { Execution } from '../checker/ledger.ts';
import { behaves } from '../load/target-groups.ts';
import { median, percentile } from './percentile.ts';

/** A period of a run, in epoch ms; `to` is exclusive. */
export interface Window {
  from: number;
  to: number;
}

/** Delays of the requests to healthy endpoints in the given windows, and the throughput of these endpoints. */
export interface HealthyCalls {
  /** Median time from the append of the request to the arrival of its first call at the endpoint, in ms. */
  medianMs: number;
  p99Ms: number;
  /** Median of the p99s of the windows, because a pause of the machine affects the p99 of only one window. */
  windowP99Ms: number;
  maxMs: number;
  /** Outcomes per second in the windows. */
  perSecond: number;
}

/** Computes the figures from a history. Pure. */
export function healthyCalls(executions: readonly Execution[], windows: readonly Window[]): HealthyCalls {
  const healthy = executions.filter(({ calls }) => calls.some(({ endpoint }) => behaves(endpoint, 'fast')));
  const delays = windows.map((window) => healthy.flatMap((execution) => delayOf(execution, window)));
  const all = delays.flat();
  const outcomes = healthy.filter(({ outcomes: [outcome] }) =>
    windows.some((window) => outcome && isIn(window, outcome.at)),
  );
  const ms = windows.reduce((sum, { from, to }) => sum + to - from, 0);
  return {
    medianMs: median(all),
    p99Ms: percentile(all, 0.99),
    windowP99Ms: median(delays.map((those) => percentile(those, 0.99))),
    maxMs: percentile(all, 1),
    perSecond: (outcomes.length * 1_000) / ms,
  };
}

function delayOf({ requested: [request], calls: [call] }: Execution, window: Window): number[] {
  return request && call && isIn(window, request.at) ? [call.startedAt - request.at] : [];
}

function isIn({ from, to }: Window, at: number): boolean {
  return at >= from && at < to;
}

/** Splits a period into windows of `ms`; the remainder belongs to the last window. */
export function windowsOf({ from, to }: Window, ms: number): Window[] {
  const count = Math.max(1, Math.floor((to - from) / ms));
  return Array.from({ length: count }, (_, i) => ({
    from: from + i * ms,
    to: i === count - 1 ? to : from + (i + 1) * ms,
  }));
}

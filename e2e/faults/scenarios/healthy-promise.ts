import type { HealthyCalls } from '../figures/healthy-calls.ts';

const MAX_START_MS = 100;
const MAX_RATIO = 1.5;
const MIN_THROUGHPUT = 0.9;

/** Prefixes the figures of healthy endpoints with the name of their phase. */
export function healthyFigures(name: string, calls: HealthyCalls): Record<string, number> {
  return Object.fromEntries(Object.entries(calls).map(([what, value]) => [`${name} ${what}`, value]));
}

/**
 * Reports a violation if other endpoints delay calls to healthy endpoints: the p99 from event to request must be below
 * 100 ms. The message includes the p99 without the other endpoints and the median of the windows' p99s, because the p99
 * also exceeds this bound if the machine is busy or pauses.
 */
export function lateStarts(name: string, now: HealthyCalls, normal: HealthyCalls): string[] {
  if (now.p99Ms < MAX_START_MS) return [];
  const [seen, inWindows, before] = [now.p99Ms, now.windowP99Ms, normal.p99Ms].map(Math.round);
  const what = 'ms from event to request at healthy endpoints (p99)';
  return [
    `${name}: ${seen} ${what} instead of under ${MAX_START_MS} ms; windows ${inWindows} ms, alone ${before} ms`,
  ];
}

/** Reports a violation if the p99 from event to request exceeds `MAX_RATIO` times the p99 without other endpoints. */
export function slowerStarts(name: string, now: HealthyCalls, normal: HealthyCalls): string[] {
  const ratio = now.p99Ms / normal.p99Ms;
  if (ratio <= MAX_RATIO) return [];
  const p99s = `${Math.round(now.p99Ms)} ms, alone ${Math.round(normal.p99Ms)} ms`;
  return [
    `${name}: p99 from event to request ${ratio.toFixed(1)} times that alone (${p99s}) instead of at most ${MAX_RATIO}`,
  ];
}

/** Reports a violation if healthy endpoints keep less than `MIN_THROUGHPUT` of their normal throughput. */
export function lostThroughput(name: string, now: HealthyCalls, normal: HealthyCalls): string[] {
  const share = now.perSecond / normal.perSecond;
  if (share >= MIN_THROUGHPUT) return [];
  return [
    `${name}: healthy endpoints at ${share.toFixed(2)} of normal instead of at least ${MIN_THROUGHPUT}`,
  ];
}

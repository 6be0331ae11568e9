import type { HealthyCalls } from '../figures/healthy-calls.ts';

const MAX_START_MS = 100;
const MAX_RATIO = 1.5;
const MIN_THROUGHPUT = 0.9;

/** Prefixes the figures of healthy endpoints with the name of their phase. */
export function healthyFigures(name: string, calls: HealthyCalls): Record<string, number> {
  return Object.fromEntries(Object.entries(calls).map(([what, value]) => [`${name} ${what}`, value]));
}

/**
 * Reports a breach of the promise that other endpoints do not delay healthy ones: p99 below 100 ms from event to
 * request. The message includes the p99 without the others and the median over the windows, because a busy or paused
 * machine breaks the promise too.
 */
export function lateStarts(name: string, now: HealthyCalls, normal: HealthyCalls): string[] {
  if (now.p99Ms < MAX_START_MS) return [];
  const [seen, inWindows, before] = [now.p99Ms, now.windowP99Ms, normal.p99Ms].map(Math.round);
  const what = 'ms from event to request at healthy endpoints (p99)';
  return [
    `${name}: ${seen} ${what} instead of under ${MAX_START_MS} ms; windows ${inWindows} ms, alone ${before} ms`,
  ];
}

/** Reports a breach of the promise that the p99 from event to request is at most `MAX_RATIO` times that without others. */
export function slowerStarts(name: string, now: HealthyCalls, normal: HealthyCalls): string[] {
  const ratio = now.p99Ms / normal.p99Ms;
  if (ratio <= MAX_RATIO) return [];
  const p99s = `${Math.round(now.p99Ms)} ms, alone ${Math.round(normal.p99Ms)} ms`;
  return [
    `${name}: p99 from event to request ${ratio.toFixed(1)} times that alone (${p99s}), promised ${MAX_RATIO}`,
  ];
}

/** Reports a breach of the promise that healthy endpoints keep at least `MIN_THROUGHPUT` of their normal throughput. */
export function lostThroughput(name: string, now: HealthyCalls, normal: HealthyCalls): string[] {
  const share = now.perSecond / normal.perSecond;
  if (share >= MIN_THROUGHPUT) return [];
  return [`${name}: healthy endpoints at ${share.toFixed(2)} of normal, promised ${MIN_THROUGHPUT}`];
}

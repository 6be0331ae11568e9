import type { HealthyCalls } from '../figures/healthy-calls.ts';

const MOST_START_MS = 100;
const LEAST_THROUGHPUT = 0.9;

/** What is measured of healthy endpoints, named for where it was. */
export function healthyFigures(name: string, calls: HealthyCalls): Record<string, number> {
  return Object.fromEntries(Object.entries(calls).map(([what, value]) => [`${name} ${what}`, value]));
}

/**
 * The promise that nobody is held up by somebody else, where it was broken: 100 ms (p99) from event to request. It is
 * told with what it was without the others, and with the median of its windows, for a machine that is busy with something
 * else, or stands still for a moment, breaks it too.
 */
export function lateStarts(name: string, now: HealthyCalls, normal: HealthyCalls): string[] {
  if (now.p99Ms < MOST_START_MS) return [];
  const [seen, inWindows, before] = [now.p99Ms, now.windowP99Ms, normal.p99Ms].map(Math.round);
  const what = 'ms from event to request at healthy endpoints (p99)';
  return [
    `${name}: ${seen} ${what}, promised under ${MOST_START_MS} ms; windows ${inWindows} ms, alone ${before} ms`,
  ];
}

/** … and that they get through as much as when all is well. */
export function lostThroughput(name: string, now: HealthyCalls, normal: HealthyCalls): string[] {
  const share = now.perSecond / normal.perSecond;
  if (share >= LEAST_THROUGHPUT) return [];
  return [`${name}: healthy endpoints at ${share.toFixed(2)} of normal, promised ${LEAST_THROUGHPUT}`];
}

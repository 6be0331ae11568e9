import { earlyReleaseMs } from '@hookline/shared/contracts/topics';
import type { GateTimes } from './decide-gate.ts';

/** Returns whether a wait goes through the delay lanes; a shorter wait is spent in memory. Pure. */
export function isLongWait(until: number, { now, baseWaitMs }: GateTimes): boolean {
  return until - now > earlyReleaseMs(baseWaitMs);
}

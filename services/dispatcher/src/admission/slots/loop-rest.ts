import { performance } from 'node:perf_hooks';

/**
 * Tracks whether the event loop has rested recently. Work that would fill the loop, and that can wait, begins only if
 * the loop has been idle for some time since such work last began. Such work therefore uses only spare capacity.
 */
export interface LoopRest {
  /** Records that work which fills the loop has begun. */
  begin(): void;
  /** Returns whether the loop has been idle for enough of the time since the last `begin`. */
  isRested(): boolean;
}

/**
 * Share of the time for which the loop should be idle. If the loop is busier than that, its queue grows
 * disproportionately.
 */
const IDLE_SHARE = 0.05;
/** Time after which the loop counts as rested anyway, so that no account starves while others keep the loop busy. */
const MAX_WAIT_MS = 5;

/**
 * @param clock.now monotonic clock, in ms
 * @param clock.idle total time that the loop has been idle, in ms
 */
export function createLoopRest(clock: { now: () => number; idle: () => number }): LoopRest {
  let begunAt = 0;
  let idleBefore = 0;
  return {
    begin: () => {
      begunAt = clock.now();
      idleBefore = clock.idle();
    },
    isRested: () => {
      const elapsed = clock.now() - begunAt;
      return elapsed >= MAX_WAIT_MS || clock.idle() - idleBefore >= IDLE_SHARE * elapsed;
    },
  };
}

/** Clock of this process, and idle time of its event loop (libuv's `uv_metrics_idle_time`). */
export const PROCESS_CLOCK = { now: () => performance.now(), idle: () => performance.nodeTiming.idleTime };

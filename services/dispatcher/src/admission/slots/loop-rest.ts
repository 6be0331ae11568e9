/**
 * Whether the event loop has had a rest lately. Work that can wait, and would fill the loop, is begun when there was time
 * to spare since it was last begun; so it takes what everything else leaves.
 */
export interface LoopRest {
  /** Something was begun that fills the loop. */
  begin(): void;
  /** Whether enough of the time since then was idle. */
  isRested(): boolean;
}

/** Share of the time that the loop is to be idle. A queue in front of a server that is busier grows out of proportion. */
const IDLE_SHARE = 0.05;
/** After this time it counts as rested anyway, so that a loop which other accounts keep busy starves no account. */
const MAX_WAIT_MS = 5;

/**
 * @param clock.now in ms, of any beginning
 * @param clock.idle how long the loop has waited for something to do since it began, in ms
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

/** Of this process (libuv's `uv_metrics_idle_time`). */
export const PROCESS_CLOCK = { now: () => performance.now(), idle: () => performance.nodeTiming.idleTime };

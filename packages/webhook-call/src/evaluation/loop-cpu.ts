/** Age above which a reading is renewed before work begins, in ms; a measurement may be this much too high. */
const MAX_AGE_MS = 5;
/** Wall-clock time below which work needs no reading of the CPU time, in ms. */
const SHORT_MS = 1;

interface LoopCpuDeps {
  /** Current time of a monotonic clock, in ms. */
  now: () => number;
  /** CPU time that this thread has used, in ms. */
  usedMs: () => number;
}

/**
 * Measures the CPU time of short work on the event loop. Reading the CPU time of a thread is a system call, and two of
 * them for each evaluation took 4 % of the dispatcher's time. Work cannot use more CPU time than passes on the clock,
 * so the clock is enough for work of less than a millisecond. Longer work may have been interrupted, so at most the CPU
 * time since the last reading is counted for it; before work begins, a reading older than five milliseconds is renewed.
 */
export class LoopCpu {
  readonly #deps: LoopCpuDeps;
  #readAt = -Infinity;
  #readMs = 0;

  constructor(deps: LoopCpuDeps) {
    this.#deps = deps;
  }

  /** Runs work and reports its CPU time in ms, even if it throws. The reported time is at most 5 ms too high. */
  measure<T>(work: () => T, report: (usedMs: number) => void): T {
    const { now, usedMs } = this.#deps;
    const begunAt = now();
    if (begunAt - this.#readAt > MAX_AGE_MS) this.#read(begunAt);
    try {
      return work();
    } finally {
      const tookMs = now() - begunAt;
      report(tookMs < SHORT_MS ? tookMs : Math.min(tookMs, usedMs() - this.#readMs));
    }
  }

  #read(at: number): void {
    this.#readAt = at;
    this.#readMs = this.#deps.usedMs();
  }
}

/** Returns the CPU time that this thread has used, in ms. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

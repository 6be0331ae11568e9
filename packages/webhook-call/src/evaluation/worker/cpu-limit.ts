import type { TimeLimit } from '../../mapping/apply-mapping.ts';
import { runBounded } from './run-bounded.ts';

/**
 * Size (see `TimeLimit.run`) up to which work takes a few milliseconds at most, so a limit that costs 0.2 ms is not
 * worthwhile.
 */
const SMALL_WORK = 131_072;

/**
 * Limits the CPU time of this thread for one evaluation; unlike a limit on elapsed time, it aborts no evaluation merely
 * because the machine is busy.
 */
export class CpuLimit implements TimeLimit {
  readonly #limitMs: number;
  readonly #begun: NodeJS.CpuUsage;
  #wasOver = false;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#begun = process.threadCpuUsage();
  }

  /** CPU time used so far, in ms. */
  get usedMs(): number {
    const { user, system } = process.threadCpuUsage(this.#begun);
    return (user + system) / 1_000;
  }

  /** Whether work was refused or aborted. */
  get wasOver(): boolean {
    return this.#wasOver;
  }

  isOver(): boolean {
    if (!this.#wasOver && this.usedMs < this.#limitMs) return false;
    this.#wasOver = true;
    return true;
  }

  /** Runs work; starts it again with a longer timeout if this thread got little CPU time before the timeout. */
  run<T>(work: () => T, size: number): T | undefined {
    if (size <= SMALL_WORK) return work();
    for (let patience = 1; !this.isOver(); patience *= 2) {
      const usedBefore = this.usedMs;
      const timeoutMs = (this.#limitMs - usedBefore) * patience;
      const result = runBounded(work, timeoutMs);
      if (result !== undefined) return result;
      if (this.usedMs - usedBefore > timeoutMs / 2) break;
    }
    this.#wasOver = true;
    return undefined;
  }
}

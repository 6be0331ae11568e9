import type { TimeLimit } from '../../mapping/apply-mapping.ts';
import { runBounded } from './run-bounded.ts';

/** Takes a few milliseconds at most, so it is not worth the 0.2 ms that bounding it costs. */
const SMALL_WORK = 131_072;

/**
 * The time of one evaluation, counted in CPU time of this thread: a worker that the machine does not let run is not taken
 * for a slow one.
 */
export class CpuLimit implements TimeLimit {
  readonly #limitMs: number;
  readonly #begun: NodeJS.CpuUsage;
  #wasOver = false;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#begun = process.threadCpuUsage();
  }

  /** CPU time since the beginning, in ms. */
  get usedMs(): number {
    const { user, system } = process.threadCpuUsage(this.#begun);
    return (user + system) / 1_000;
  }

  /** Whether somebody was refused more time. */
  get wasOver(): boolean {
    return this.#wasOver;
  }

  isOver(): boolean {
    if (!this.#wasOver && this.usedMs < this.#limitMs) return false;
    this.#wasOver = true;
    return true;
  }

  /** Work that the machine kept from running most of its time is begun again with more. */
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

import { LIMITS } from '@hookline/shared/contracts/limits';

/** An execution ends by then, counted from its request, whatever its cancel says. */
const MAX_KEPT_MS = LIMITS.aheadMs.max + LIMITS.lifeMs.max;

/** Executions that were cancelled, each until its cancel expires. Pure but for the watchers it calls. */
export class CancelledExecutions {
  readonly #expiresAt = new Map<string, number>();
  readonly #watchers = new Map<string, () => void>();
  /** Size at which expired cancels are looked for: twice what was left the last time. */
  #sweepAt = 1_024;

  get size(): number {
    return this.#expiresAt.size;
  }

  /**
   * Notes a cancel, for 14 days at most, and tells who watches the execution. One that is expired changes nothing.
   */
  add(execution: string, expiresAt: number, now: number): void {
    if (expiresAt <= now) return;
    const keptUntil = Math.min(expiresAt, now + MAX_KEPT_MS);
    this.#expiresAt.set(execution, Math.max(keptUntil, this.#expiresAt.get(execution) ?? 0));
    if (this.#expiresAt.size >= this.#sweepAt) this.#sweep(now);
    this.#watchers.get(execution)?.();
  }

  has(execution: string, now: number): boolean {
    return (this.#expiresAt.get(execution) ?? 0) > now;
  }

  /**
   * An execution has one owner in a process, and so at most one watcher.
   * @returns ends the watch
   */
  watch(execution: string, onCancel: () => void): () => void {
    this.#watchers.set(execution, onCancel);
    return () => void this.#watchers.delete(execution);
  }

  #sweep(now: number): void {
    for (const [execution, expiresAt] of this.#expiresAt) {
      if (expiresAt <= now) this.#expiresAt.delete(execution);
    }
    this.#sweepAt = Math.max(1_024, this.#expiresAt.size * 2);
  }
}

import { LIMITS } from '@hookline/shared/contracts/limits';

/** No execution lives longer than this after its request, whatever expiry its cancellation has. */
const MAX_KEPT_MS = LIMITS.aheadMs.max + LIMITS.lifeMs.max;

/** Cancelled executions, each until its cancellation expires. Pure except for the watchers that it calls. */
export class CancelledExecutions {
  readonly #expiresAt = new Map<string, number>();
  readonly #watchers = new Map<string, () => void>();
  /** Size at which expired cancellations are removed: twice what was left the last time. */
  #sweepAt = 1_024;

  get size(): number {
    return this.#expiresAt.size;
  }

  /**
   * Records a cancellation, for up to 14 days, and notifies the watcher of the execution. An expired one changes
   * nothing.
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
   * Calls `onCancel` for each cancellation. An execution has one owner within a process, and so at most one watcher.
   * @returns a function that ends the watch
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

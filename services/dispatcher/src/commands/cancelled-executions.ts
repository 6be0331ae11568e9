import { LIMITS } from '@hookline/shared/contracts/limits';

/** No record of an execution arrives later than this after its request: its longest life, and a week in the lanes. */
const MAX_KEPT_MS = LIMITS.aheadMs.max + LIMITS.lifeMs.max + 7 * 86_400_000;

/** A cancellation that a command carries. */
export interface Cancellation {
  /** Epoch ms. */
  expiresAt: number;
  /** Offset of the command if it ends its execution wherever it waits; null if a record of the execution ends it. */
  endsAt: number | null;
}

/** Cancelled executions, each until its cancellation expires. Pure except for the watchers that it calls. */
export class CancelledExecutions {
  readonly #expiresAt = new Map<string, number>();
  /** Offset of the first command that ends its execution; later ones have nothing left to do. */
  readonly #endsAt = new Map<string, number>();
  readonly #watchers = new Map<string, () => void>();
  /** Size at which expired cancellations are removed: twice what was left the last time. */
  #sweepAt = 1_024;

  get size(): number {
    return this.#expiresAt.size;
  }

  /**
   * Records a cancellation, for up to 21 days, and notifies the watcher of the execution. An expired one changes
   * nothing.
   */
  add(execution: string, { expiresAt, endsAt }: Cancellation, now: number): void {
    if (expiresAt <= now) return;
    const keptUntil = Math.min(expiresAt, now + MAX_KEPT_MS);
    this.#expiresAt.set(execution, Math.max(keptUntil, this.#expiresAt.get(execution) ?? 0));
    if (endsAt !== null) this.#endsAt.set(execution, Math.min(endsAt, this.#endsAt.get(execution) ?? endsAt));
    if (this.#expiresAt.size >= this.#sweepAt) this.#sweep(now);
    this.#watchers.get(execution)?.();
  }

  has(execution: string, now: number): boolean {
    return (this.#expiresAt.get(execution) ?? 0) > now;
  }

  /** Returns the offset of the command that ends the execution; null if none does. */
  endsAt(execution: string, now: number): number | null {
    return this.has(execution, now) ? (this.#endsAt.get(execution) ?? null) : null;
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
      if (expiresAt > now) continue;
      this.#expiresAt.delete(execution);
      this.#endsAt.delete(execution);
    }
    this.#sweepAt = Math.max(1_024, this.#expiresAt.size * 2);
  }
}

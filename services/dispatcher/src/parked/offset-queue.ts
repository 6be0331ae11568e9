import type { ParkedAttempt } from './parked-attempts.ts';

/** A heap of attempts of one partition, with the lowest offset first. Pure. */
export class OffsetQueue {
  /** The attempt at `n` has a lower offset than those at `2n + 1` and `2n + 2`. */
  readonly #heap: ParkedAttempt[] = [];
  readonly #members = new Set<ParkedAttempt>();

  get size(): number {
    return this.#heap.length;
  }

  /** Adds an attempt unless the queue contains it. */
  add(attempt: ParkedAttempt): void {
    if (this.#members.has(attempt)) return;
    this.#members.add(attempt);
    let at = this.#heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (!parent || parent.offset <= attempt.offset) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = attempt;
  }

  /**
   * Yields the attempts that are wanted and drops the others; examines at most `max`. An attempt is removed when the
   * next one is requested, so the attempt at which a caller stops iterating remains.
   */
  *drain(isWanted: (attempt: ParkedAttempt) => boolean, max: number): Generator<ParkedAttempt, void, void> {
    for (let examined = 0; examined < max; examined++) {
      const [first] = this.#heap;
      if (!first) return;
      if (isWanted(first)) yield first;
      this.#removeFirst(first);
    }
  }

  #removeFirst(first: ParkedAttempt): void {
    this.#members.delete(first);
    const last = this.#heap.pop();
    if (last && last !== first) this.#sink(last);
  }

  /** Puts an attempt in the place of the first, and moves it down until both attempts below it have higher offsets. */
  #sink(attempt: ParkedAttempt): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const lower = this.#offsetAt(left + 1) < this.#offsetAt(left) ? left + 1 : left;
      const below = this.#heap[lower];
      if (!below || below.offset >= attempt.offset) break;
      this.#heap[at] = below;
      at = lower;
    }
    this.#heap[at] = attempt;
  }

  #offsetAt(index: number): number {
    return this.#heap[index]?.offset ?? Infinity;
  }
}

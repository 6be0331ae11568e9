/** State that the queue keeps in each item, so that it needs no index. */
export interface Queued {
  /** Whether the item has left the queue. */
  hasLeft: boolean;
}

/**
 * Removed items are kept until there are this many more of them than of remaining items, because closing their gaps
 * costs time.
 */
const MAX_GAPS = 1_000;

/** A queue that removes its oldest, its newest or any given item, each in amortized constant time. Pure. */
export class ParkedQueue<T extends Queued> {
  /** Items from the oldest to the newest; removed items stay until `pop` reaches them or the gaps are closed. */
  #items: T[] = [];
  /** Index before which every item has been removed. */
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#size++;
  }

  /** Removes and returns the oldest item. */
  shift(): T | undefined {
    while (this.#head < this.#items.length) {
      const item = this.#items[this.#head++];
      if (item && this.remove(item)) return item;
    }
    return undefined;
  }

  /** Removes and returns the newest item. */
  pop(): T | undefined {
    while (this.#items.length > this.#head) {
      const item = this.#items.pop();
      if (item && this.remove(item)) return item;
    }
    return undefined;
  }

  /**
   * Removes the item.
   * @returns whether it was still in the queue
   */
  remove(item: T): boolean {
    if (item.hasLeft) return false;
    item.hasLeft = true;
    this.#size--;
    if (this.#items.length > 2 * this.#size + MAX_GAPS) this.#closeGaps();
    return true;
  }

  #closeGaps(): void {
    this.#items = this.#items.slice(this.#head).filter(({ hasLeft }) => !hasLeft);
    this.#head = 0;
  }
}

/** What a queue notes of an item, so that it needs no index beside it. */
export interface Queued {
  /** It has left the queue. */
  isTaken: boolean;
}

/** Gaps that are let be, since closing them costs time. */
const MAX_GAPS = 1_000;

/** A queue that gives up its oldest, its newest, or any given item, each in constant time (amortized). Pure. */
export class ParkedQueue<T extends Queued> {
  /** Taken items stay until their place is passed or gaps are closed. */
  #items: T[] = [];
  /** Everything before it has been taken. */
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#size++;
  }

  /** Takes the oldest. */
  shift(): T | undefined {
    while (this.#head < this.#items.length) {
      const item = this.#items[this.#head++];
      if (item && this.remove(item)) return item;
    }
    return undefined;
  }

  /** Takes the newest. */
  pop(): T | undefined {
    while (this.#items.length > this.#head) {
      const item = this.#items.pop();
      if (item && this.remove(item)) return item;
    }
    return undefined;
  }

  /** @returns whether the item was still in the queue */
  remove(item: T): boolean {
    if (item.isTaken) return false;
    item.isTaken = true;
    this.#size--;
    if (this.#items.length > 2 * this.#size + MAX_GAPS) this.#closeGaps();
    return true;
  }

  #closeGaps(): void {
    this.#items = this.#items.slice(this.#head).filter(({ isTaken }) => !isTaken);
    this.#head = 0;
  }
}

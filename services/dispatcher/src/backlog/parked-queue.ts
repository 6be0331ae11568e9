/** A queue that gives up its oldest, its newest, or any given item, each in constant time (amortized). Pure. */
export class ParkedQueue<T extends object> {
  #items: (T | undefined)[] = [];
  /** Everything before it has been taken. */
  #head = 0;
  readonly #positions = new Map<T, number>();

  get size(): number {
    return this.#positions.size;
  }

  push(item: T): void {
    this.#positions.set(item, this.#items.length);
    this.#items.push(item);
  }

  /** Takes the oldest. */
  shift(): T | undefined {
    while (this.#head < this.#items.length) {
      const item = this.#items[this.#head];
      this.#items[this.#head++] = undefined;
      if (item) return this.#take(item);
    }
    return undefined;
  }

  /** Takes the newest. */
  pop(): T | undefined {
    while (this.#items.length > this.#head) {
      const item = this.#items.pop();
      if (item) return this.#take(item);
    }
    return undefined;
  }

  /** @returns whether the item was still in the queue */
  remove(item: T): boolean {
    const position = this.#positions.get(item);
    if (position === undefined) return false;
    this.#items[position] = undefined;
    this.#take(item);
    return true;
  }

  #take(item: T): T {
    this.#positions.delete(item);
    // Taken items leave a gap at the front. Once the queue is empty, or mostly gap, what is left moves up.
    if (this.#positions.size === 0) this.#moveUp([]);
    else if (this.#head > 1_000 && this.#head > this.#items.length / 2)
      this.#moveUp(this.#items.slice(this.#head));
    return item;
  }

  #moveUp(items: (T | undefined)[]): void {
    this.#items = items;
    this.#head = 0;
    for (const [position, item] of items.entries()) if (item) this.#positions.set(item, position);
  }
}

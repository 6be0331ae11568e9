/** Finds the longest of many queues that grow and shrink by one, in constant time. Pure. */
export class LongestQueue<T> {
  readonly #lengths = new Map<T, number>();
  /** Queues by their length; index 0 is not used. */
  readonly #byLength: Set<T>[] = [];
  #longest = 0;

  /** The queue that has been the longest for the longest time; undefined where all are empty. */
  get longest(): T | undefined {
    const [first] = this.#byLength[this.#longest] ?? [];
    return first;
  }

  set(queue: T, length: number): void {
    this.#byLength[this.#lengths.get(queue) ?? 0]?.delete(queue);
    if (length === 0) this.#lengths.delete(queue);
    else {
      this.#lengths.set(queue, length);
      (this.#byLength[length] ??= new Set()).add(queue);
      this.#longest = Math.max(this.#longest, length);
    }
    while (this.#longest > 0 && !this.#byLength[this.#longest]?.size) this.#longest--;
  }
}

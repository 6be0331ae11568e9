/** Things that wait to be used again, found by a key and by how long they have waited. */
export class IdlePool<T extends { origin: string }> {
  readonly #byOrigin = new Map<string, T[]>();
  /** In the order in which they came: a Set iterates so. */
  readonly #byAge = new Set<T>();

  get size(): number {
    return this.#byAge.size;
  }

  has(item: T): boolean {
    return this.#byAge.has(item);
  }

  /** The one that has waited longest. */
  oldest(): T | undefined {
    const [oldest] = this.#byAge;
    return oldest;
  }

  add(item: T): void {
    this.#byAge.add(item);
    const items = this.#byOrigin.get(item.origin);
    if (items) items.push(item);
    else this.#byOrigin.set(item.origin, [item]);
  }

  /** Takes out the one that has waited least. */
  takeNewest(origin: string): T | undefined {
    const newest = this.#byOrigin.get(origin)?.at(-1);
    if (newest) this.remove(newest);
    return newest;
  }

  remove(item: T): void {
    if (!this.#byAge.delete(item)) return;
    const items = this.#byOrigin.get(item.origin) ?? [];
    // Mostly the last one: it is the one that was taken.
    items.splice(items.lastIndexOf(item), 1);
    if (items.length === 0) this.#byOrigin.delete(item.origin);
  }
}

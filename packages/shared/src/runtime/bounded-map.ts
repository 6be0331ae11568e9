/**
 * A map of at most `maxEntries` entries that drops the least recently written entry to make room. Unlike in an LRU
 * cache, reading an entry does not keep it, because the entries here are hints or are valid only for a while. Pure.
 *
 * A `Map` keeps keys in the order in which they were inserted. One iterator finds the oldest keys of a full map,
 * because each new iterator first skips the gaps that deleted entries have left at the front (20 µs for 10,000 entries).
 */
export class BoundedMap<K, V> {
  readonly #maxEntries: number;
  readonly #entries = new Map<K, V>();
  /**
   * Iterator whose next key is the oldest; released once a write leaves the map below its limit, because it keeps
   * earlier tables of the map in memory.
   */
  #oldest: Iterator<K, undefined> | undefined;

  constructor({ maxEntries }: { maxEntries: number }) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Writes an entry and makes it the newest, even if the key existed before. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#maxEntries) this.#dropOldest();
    else if (this.#entries.size < this.#maxEntries) this.#oldest = undefined;
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Iterates over the entries, from the least to the most recently written. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }

  #dropOldest(): void {
    this.#oldest ??= this.#entries.keys();
    const { value: oldest } = this.#oldest.next();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

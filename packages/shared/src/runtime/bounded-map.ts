/**
 * A map of at most `maxEntries` that forgets the entry written longest ago to make room. Reading does not keep an entry,
 * unlike in a cache of what was used last: what is remembered here is right only for a while, or is a hint. Pure.
 *
 * A `Map` keeps the order in which keys were inserted, so every operation takes constant time.
 */
export class BoundedMap<K, V> {
  readonly #maxEntries: number;
  readonly #entries = new Map<K, V>();

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

  /** Writes an entry, which is then the newest, also if the key was there. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }
}

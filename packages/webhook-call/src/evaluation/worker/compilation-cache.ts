import { createHash } from 'node:crypto';

interface CacheOptions {
  /** Maximum estimated size of all entries together, in bytes. */
  maxBytes: number;
}

interface Entry {
  value: unknown;
  bytes: number;
}

/**
 * Keeps the compiled definitions that a worker used most recently. Keys are digests of the source texts, so that no
 * definition is mistaken for another, not even for a definition that was published with the same version.
 */
export class CompilationCache {
  readonly #options: CacheOptions;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Returns the compiled form of a source, and compiles it if it is not cached.
   * @param source all texts on which the compiled form depends
   * @param bytes estimated size of the compiled form
   */
  use<T>(source: readonly string[], bytes: number, compile: () => T): T {
    const key = digest(source);
    const known = this.#entries.get(key);
    const entry = known ?? { value: compile(), bytes };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (!known) this.#bytes += bytes;
    this.#forgetOldest();
    return entry.value as T;
  }

  #forgetOldest(): void {
    for (const [key, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#options.maxBytes) return;
      this.#entries.delete(key);
      this.#bytes -= bytes;
    }
  }
}

/** Computes a digest that includes the lengths of the texts, so that no two lists have the same digest. */
function digest(source: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of source) hash.update(`${text.length}:`).update(text);
  return hash.digest('base64');
}

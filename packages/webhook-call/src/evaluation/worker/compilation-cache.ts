import { createHash } from 'node:crypto';

/** Most bytes of what is kept, as `weigh` estimates them. */
interface CacheOptions {
  maxBytes: number;
}

interface Entry {
  value: unknown;
  bytes: number;
}

/**
 * Compiled definitions of a worker, those used last. Keys are digests of what was compiled, so that neither a version that
 * was published twice nor another account's definition is taken for it.
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
   * @param source strings that decide what is compiled, and nothing else
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

/** With the lengths, so that no two lists of strings are the same text. */
function digest(source: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of source) hash.update(`${text.length}:`).update(text);
  return hash.digest('base64');
}

import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';

interface GatheredWritesDeps<T> {
  /** Writes all items in one statement. */
  write: (items: readonly T[]) => Promise<void>;
  logger: Logger;
}

interface GatheredWritesOptions {
  name: string;
  everyMs: number;
  /** Maximum number of items that are kept. If the database is unavailable for a long time, the oldest are dropped. */
  maxItems: number;
}

/**
 * Combines writes into one statement, which no request waits for. Use it only for data that may be lost with the
 * process. A later item with the same key replaces an earlier item.
 */
export class GatheredWrites<T> implements Component {
  readonly name: string;
  readonly #deps: GatheredWritesDeps<T>;
  readonly #options: GatheredWritesOptions;
  #items = new Map<string, T>();
  #inFlight: ReadonlyMap<string, T> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: GatheredWritesDeps<T>, options: GatheredWritesOptions) {
    this.#deps = deps;
    this.#options = options;
    this.name = options.name;
  }

  note(key: string, item: T): void {
    this.#items.delete(key);
    this.#items.set(key, item);
    if (this.#items.size <= this.#options.maxItems) return;
    const [oldest] = this.#items.keys();
    if (oldest !== undefined) this.#items.delete(oldest);
  }

  /** Returns the item with this key if it has not been written yet. */
  noted(key: string): T | undefined {
    return this.#items.get(key) ?? this.#inFlight.get(key);
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => this.#next(), this.#options.everyMs);
  }

  /** Writes the remaining items. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#next();
    await this.#writing;
  }

  #next(): void {
    this.#writing = this.#writing.then(() => this.#write());
  }

  async #write(): Promise<void> {
    if (this.#items.size === 0) return;
    const items = this.#items;
    this.#inFlight = items;
    this.#items = new Map();
    try {
      await this.#deps.write([...items.values()]);
    } catch (error) {
      const news = this.#items;
      this.#items = items;
      for (const [key, item] of news) this.note(key, item);
      this.#deps.logger.warn(
        { err: error, items: items.size },
        `${this.name} could not be written; they will be written with the next items`,
      );
    } finally {
      this.#inFlight = new Map();
    }
  }
}

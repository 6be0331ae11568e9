import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { Change, ChangeListener } from './change-feed.ts';

/** Entries that a change concerns: the entry with a key, or all entries whose value matches. */
type Concerned<V> = { key: string } | { matches: (value: V) => boolean };

interface ViewOptions<V> {
  maxEntries: number;
  /** Returns null for a change that does not concern any entry. */
  concerned: (change: Change) => Concerned<V> | null;
}

interface LookUp<V> {
  result: Promise<V | null>;
  /** Whether a change may have been committed since the look-up began, so that its result may be outdated. */
  isOvertaken: boolean;
}

/** The part of a feed of changes that a view needs. */
interface Freshness {
  readonly isFresh: boolean;
  use(): void;
}

/**
 * Values that were looked up in Postgres, kept while the feed of changes proves that they have not changed (ADR 44).
 * Missing values are not kept.
 */
export class View<V> implements ChangeListener {
  readonly #feed: Freshness;
  readonly #options: ViewOptions<V>;
  readonly #entries: BoundedMap<string, V>;
  readonly #lookUps = new Map<string, LookUp<V>>();

  constructor(feed: Freshness, options: ViewOptions<V>) {
    this.#feed = feed;
    this.#options = options;
    this.#entries = new BoundedMap(options);
  }

  /**
   * Returns the value of a key from memory, or the result of `lookUp`, which concurrent callers share.
   * @throws the errors of `lookUp`
   */
  async get(key: string, lookUp: () => Promise<V | null>): Promise<V | null> {
    this.#feed.use();
    const known = this.#feed.isFresh ? this.#entries.get(key) : undefined;
    if (known !== undefined) return known;
    const running = this.#lookUps.get(key);
    // A look-up that was overtaken may return a value that was outdated before this request arrived.
    if (running && !running.isOvertaken && this.#feed.isFresh) return running.result;
    return this.#lookUp(key, lookUp);
  }

  changed(change: Change): void {
    const concerned = this.#options.concerned(change);
    if (!concerned) return;
    if ('key' in concerned) {
      const running = this.#lookUps.get(concerned.key);
      if (running) running.isOvertaken = true;
      this.#entries.delete(concerned.key);
      return;
    }
    // Values that are being looked up are not known yet, so all look-ups in progress count as overtaken.
    this.#overtakeAll();
    for (const [key, value] of this.#entries.entries()) {
      if (concerned.matches(value)) this.#entries.delete(key);
    }
  }

  lost(): void {
    this.#overtakeAll();
    this.#entries.clear();
  }

  #overtakeAll(): void {
    for (const lookUp of this.#lookUps.values()) lookUp.isOvertaken = true;
  }

  async #lookUp(key: string, lookUp: () => Promise<V | null>): Promise<V | null> {
    const current: LookUp<V> = { result: lookUp(), isOvertaken: !this.#feed.isFresh };
    this.#lookUps.set(key, current);
    try {
      const value = await current.result;
      if (value !== null && !current.isOvertaken) this.#entries.set(key, value);
      return value;
    } finally {
      if (this.#lookUps.get(key) === current) this.#lookUps.delete(key);
    }
  }
}

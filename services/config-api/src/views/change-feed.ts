import { randomUUID } from 'node:crypto';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { retryUntilStopped } from '@hookline/shared/runtime/retry-until-stopped';

/** A change, with its kind (`key`, `quotas`, `action`) and the ids of the changed object. */
export interface Change {
  kind: string;
  ids: readonly string[];
}

/** A session that delivers notifications in the order of their commits. Each is a JSON list of texts. */
export interface FeedSession {
  /** Sends a notification to all sessions, including this one. */
  notify(text: string): Promise<void>;
  close(): Promise<void>;
}

interface ChangeFeedDeps {
  /** @param events.onLost called when the session is lost; may be called several times, even while it closes */
  openSession(events: { onText: (text: string) => void; onLost: () => void }): Promise<FeedSession>;
  /** Time in ms by a monotonic clock. */
  now: () => number;
  logger: Logger;
}

interface ChangeFeedOptions {
  /** Interval between heartbeats, in ms. */
  beatMs: number;
  /** Time in ms for which the feed is fresh after a heartbeat was sent. */
  freshMs: number;
  /** Time in ms without a use after which the heartbeats rest. */
  restMs: number;
}

/**
 * A view is at most a second behind, and heartbeats that take up to 600 ms to arrive cause no queries to Postgres.
 * Without requests, the heartbeats would be most of the work of an idle process.
 */
export const FEED_TIMES: ChangeFeedOptions = { beatMs: 400, freshMs: 1_000, restMs: 10_000 };

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;
const BEAT = 'beat';

/** Receives the changes of a feed. */
export interface ChangeListener {
  changed(change: Change): void;
  /** Called if changes may have been missed. */
  lost(): void;
}

/**
 * Follows changes that other sessions commit (ADR 44). Notifications arrive in the order of commits. When a heartbeat
 * of this instance arrives, every change that was committed before the heartbeat was sent has therefore arrived too.
 * While nobody uses the feed, it sends no heartbeats and is not fresh, but still reports changes.
 */
export class ChangeFeed implements Component {
  readonly name = 'feed of changes';
  readonly #deps: ChangeFeedDeps;
  readonly #options: ChangeFeedOptions;
  readonly #id = randomUUID();
  readonly #listeners = new Set<ChangeListener>();
  /** Send times of the heartbeats that have not arrived yet, by their number. */
  readonly #sentAt = new Map<number, number>();
  #beats = 0;
  #provenAt = -Infinity;
  #usedAt = -Infinity;
  /** Sends a heartbeat in the current session and restarts the interval; undefined unless the heartbeats rest. */
  #wake: (() => void) | undefined;
  #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(deps: ChangeFeedDeps, options: ChangeFeedOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Whether the listeners have received every change that was committed more than `freshMs` ago. */
  get isFresh(): boolean {
    return this.#deps.now() - this.#provenAt <= this.#options.freshMs;
  }

  /** Keeps the feed fresh for a while. If its heartbeats rest, it becomes fresh when the next one arrives. */
  use(): void {
    this.#usedAt = this.#deps.now();
    this.#wake?.();
  }

  follow(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  start(): Promise<void> {
    this.#stop = new AbortController();
    this.#running ??= this.#run(this.#stop.signal);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#running = undefined;
  }

  async #run(stopped: AbortSignal): Promise<void> {
    const failed = (error: unknown, retryMs: number): void => {
      if (stopped.aborted) return;
      this.#deps.logger.warn(
        { err: error, retryMs },
        'the feed of changes was interrupted; every request queries Postgres until the feed is fresh again',
      );
    };
    await retryUntilStopped((works) => this.#session(stopped, works), failed, {
      firstMs: RETRY_FIRST_MS,
      maxMs: RETRY_MAX_MS,
      signal: stopped,
      onAbort: 'await-work',
    }).catch((error: unknown) => {
      if (!stopped.aborted) throw error;
    });
  }

  /** Follows one session until it is lost or the feed stops. */
  async #session(stopped: AbortSignal, works: () => void): Promise<void> {
    const ended = Promise.withResolvers<void>();
    // If the session is lost while it opens, opening it fails, too; that error is reported, so this one is ignored.
    ended.promise.catch(() => undefined);
    const session = await this.#deps.openSession({
      onText: (text) => this.#receive(text),
      onLost: () => ended.reject(new Error('the session was lost')),
    });
    // Changes may have been missed before the session was open.
    this.#forget();
    let timer: NodeJS.Timeout | undefined;
    const beat = (): void => void this.#beat(session).then(works, ended.reject);
    const rest = (): void => {
      clearInterval(timer);
      this.#wake = begin;
    };
    const begin = (): void => {
      this.#wake = undefined;
      beat();
      timer = setInterval(() => (this.#isUsed() ? beat() : rest()), this.#options.beatMs);
    };
    const end = (): void => ended.resolve();
    stopped.addEventListener('abort', end, { once: true });
    if (stopped.aborted) end();
    try {
      begin();
      await ended.promise;
    } finally {
      clearInterval(timer);
      this.#wake = undefined;
      stopped.removeEventListener('abort', end);
      this.#forget();
      await session
        .close()
        .catch((error: unknown) =>
          this.#deps.logger.debug({ err: error }, 'could not close a session of the feed; abandoning it'),
        );
    }
  }

  #isUsed(): boolean {
    return this.#deps.now() - this.#usedAt < this.#options.restMs;
  }

  async #beat(session: FeedSession): Promise<void> {
    const number = ++this.#beats;
    this.#sentAt.set(number, this.#deps.now());
    await session.notify(JSON.stringify([BEAT, this.#id, String(number)]));
  }

  #receive(text: string): void {
    const [kind = '', ...ids] = JSON.parse(text) as string[];
    if (kind === BEAT) return this.#proved(ids);
    for (const listener of this.#listeners) listener.changed({ kind, ids });
  }

  /** Notes a heartbeat of this instance. Ignores others, because the times at which they were sent are unknown here. */
  #proved([id, number]: readonly string[]): void {
    const sentAt = id === this.#id ? this.#sentAt.get(Number(number)) : undefined;
    if (sentAt === undefined) return;
    this.#provenAt = sentAt;
    for (const earlier of this.#sentAt.keys()) if (earlier <= Number(number)) this.#sentAt.delete(earlier);
  }

  #forget(): void {
    this.#provenAt = -Infinity;
    this.#sentAt.clear();
    for (const listener of this.#listeners) listener.lost();
  }
}

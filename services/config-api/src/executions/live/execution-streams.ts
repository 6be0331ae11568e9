import type { Readable } from 'node:stream';
import type {
  ExecutionStreamEnd,
  ExecutionStreamQuery,
} from '@hookline/shared/contracts/rest/execution-stream';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { ApiCaller } from '../../http/caller.ts';
import type { Places } from '../../quotas/places.ts';
import type { HistoryFilter, HistoryPosition } from '../history-query.ts';
import type { History } from '../pg-history.ts';
import { AccountFeed, type ReadChangedRows } from './account-feed.ts';
import { StreamReader } from './stream-reader.ts';
import { takeStreamPlace } from './stream-places.ts';
import type { WatchedAccounts } from './watched-accounts.ts';

interface ExecutionStreamsDeps {
  watched: Pick<WatchedAccounts, 'follow' | 'leave'>;
  history: Pick<History, 'readFilter' | 'search'>;
  readRows: ReadChangedRows;
  places: Places;
  /** The signal is aborted when the caller loses its rights, for example because its key is revoked. */
  revocations: { watch(caller: ApiCaller): Disposable & { readonly signal: AbortSignal } };
  /** Called for each event that a stream sends. */
  sent: (event: string) => void;
  logger: Logger;
}

/** Times in ms. */
export const STREAM_TIMES = {
  /** Age at which a stream is ended, so that its caller has to authenticate again. */
  maxAgeMs: 900_000,
  /** Time for which an account remains watched after its last stream has ended, so that the stream can be resumed. */
  keepMs: 30_000,
};

interface StreamOrder {
  caller: ApiCaller;
  accountId: string;
  query: ExecutionStreamQuery;
  /** Position after which the stream continues. */
  lastEventId: string | undefined;
}

/** An account that is watched for its streams. */
interface Watched {
  feed: AccountFeed;
  /** Resolves once the feed receives every later change, or a call of `missed` if changes may have been missed. */
  isFollowed: Promise<void>;
  leaveLater?: NodeJS.Timeout | undefined;
}

/** Filter fields that can stop matching when a row changes. */
const CHANGING = [
  'status',
  'errorType',
  'responseStatus',
  'errorText',
  'endpoint',
  'endpointPrefixes',
] as const;
const FIRST_PAGE: { position: HistoryPosition; maxRows: number } = {
  position: { direction: 'older', from: undefined },
  maxRows: 100,
};

/**
 * Opens and ends the streams of executions (ADR 47). Uses no resources unless a stream is open or was open recently.
 */
export class ExecutionStreams {
  readonly #deps: ExecutionStreamsDeps;
  readonly #times: typeof STREAM_TIMES;
  readonly #accounts = new Map<string, Watched>();
  #isStopped = false;

  constructor(deps: ExecutionStreamsDeps, times: typeof STREAM_TIMES) {
    this.#deps = deps;
    this.#times = times;
  }

  /**
   * Opens a stream and returns it as a readable stream of text.
   * @throws ProblemError 422 if the filter would search too much, 429 if too many streams are open
   */
  async open({ caller, accountId, query, lastEventId }: StreamOrder): Promise<Readable> {
    const { history, places, revocations, sent } = this.#deps;
    const filter = history.readFilter(accountId, query);
    let held: DisposableStack | undefined;
    using opening = new DisposableStack();
    opening.use(takeStreamPlace(places, caller, accountId));
    const { signal } = opening.use(revocations.watch(caller));
    const watched = this.#watch(accountId);
    const reader = new StreamReader(filter, {
      onReady: () => watched.feed.wake(),
      onClose: () => held?.dispose(),
      onEvent: sent,
    });
    opening.defer(() => this.#close(accountId, watched, reader));
    const age = setTimeout(() => reader.end('max_age'), this.#times.maxAgeMs).unref();
    opening.defer(() => clearTimeout(age));
    watched.feed.add(reader);
    await watched.isFollowed;
    const listed = await this.#listed(filter);
    // From here on, the resources of the stream are released when it ends.
    held = opening.move();
    reader.note(listed);
    watched.feed.begin(reader, lastEventId);
    const revoked = (): void => reader.end('unauthenticated');
    if (signal.aborted) revoked();
    else signal.addEventListener('abort', revoked, { once: true });
    if (this.#isStopped) reader.end('stopping');
    return reader.stream;
  }

  /** Ends all streams when the service stops. */
  release(): void {
    this.#isStopped = true;
    for (const { feed } of this.#accounts.values()) this.#endAll(feed, 'stopping');
  }

  #endAll(feed: AccountFeed, reason: ExecutionStreamEnd['reason']): void {
    for (const reader of feed.readers) reader.end(reason);
  }

  /**
   * Returns the ids of the rows on the first page of the list; returns none if rows cannot stop matching the filter.
   */
  async #listed(filter: HistoryFilter): Promise<string[]> {
    if (CHANGING.every((field) => filter[field] === undefined)) return [];
    const { rows } = await this.#deps.history.search(filter, FIRST_PAGE);
    return rows.map(({ execution_id }) => execution_id);
  }

  #watch(accountId: string): Watched {
    const known = this.#accounts.get(accountId);
    if (known) {
      clearTimeout(known.leaveLater);
      return known;
    }
    const feed = new AccountFeed(this.#deps);
    const watched: Watched = { feed, isFollowed: this.#deps.watched.follow(accountId, feed) };
    this.#accounts.set(accountId, watched);
    // Removes the account after a failure, so that the next stream tries again. Streams that await this promise get the
    // error.
    watched.isFollowed.catch(() => {
      if (this.#accounts.get(accountId) === watched) this.#accounts.delete(accountId);
    });
    return watched;
  }

  #close(accountId: string, watched: Watched, reader: StreamReader): void {
    const { feed } = watched;
    feed.remove(reader);
    reader.stream.destroy();
    if (feed.readers.size > 0 || this.#accounts.get(accountId) !== watched) return;
    clearTimeout(watched.leaveLater);
    watched.leaveLater = setTimeout(() => this.#leave(accountId, feed), this.#times.keepMs).unref();
  }

  #leave(accountId: string, feed: AccountFeed): void {
    this.#accounts.delete(accountId);
    feed.stop();
    void this.#deps.watched.leave(accountId);
  }
}

import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { Client, type Dispatcher } from 'undici';

import { type ConnectDeps, createGuardedConnect } from '@hookline/destination-guard/guarded-connect';
import { ResponseLimitError, TooManyReadsError } from './classify-failure.ts';
import { HeadReader, MAX_INTERIM_RESPONSES, tooManyInterim } from './head-reader.ts';
import { ConnectionHabits } from './connection-habits.ts';
import { type IdleItem, type IdleLimits, IdlePool, keyOf } from './idle-pool.ts';
import type { ReceivedHead } from './response-head.ts';

/** A connection in use by one call. */
export interface Connection {
  request(options: Omit<Dispatcher.RequestOptions, 'origin'>): Promise<Dispatcher.ResponseData>;
  /** Returns the received part of the response's head, even if it is malformed. */
  receivedHead(): ReceivedHead | null;
  /** Whether the request was sent on a connection of an earlier call, and nothing was received for it. */
  keptAndSilent(): boolean;
  /** Returns how often the call has read from the connection. */
  reads(): number;
  /** Returns the connection to the pool if its response was read to the end (`reusable`); otherwise destroys it. */
  release({ reusable }: { reusable: boolean }): void;
}

/** Time limit for DNS, connecting and the TLS handshake together. */
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1_024;
/**
 * Maximum number of bytes read from a connection for one call. undici does not count interim responses, chunk
 * extensions or reason phrases; 256 KiB of body in chunks of two bytes still fit.
 */
const MAX_EXCHANGE_BYTES = 1_024 * 1_024;
/**
 * Maximum number of reads from a connection for one call: 256 KiB in packets of 64 bytes. Each packet and each TLS
 * record is a read that takes 10 to 40 µs of the event loop; without this limit, 256 KiB in records of one byte took
 * 2.5 s.
 */
const MAX_READS = 4_096;
/**
 * Limits on idle connections. An endpoint can request 30 s of keep-alive, and an account can call very many endpoints;
 * the limits prevent both from using up the file descriptors of the process or displacing the connections of other
 * accounts. If an account has more calls in flight to one origin than the limit per origin, the excess connections are
 * not kept.
 */
const IDLE_LIMITS: IdleLimits = { max: 1_000, maxPerAccount: 250, maxPerOrigin: 200 };

/** Minimum idle time in ms before a connection is used again if the habit of its endpoint is unknown. */
const PROBATION_MS = 50;
/** Error codes of connections that this side has closed. */
const CLOSED_BY_US = new Set(['UND_ERR_INFO', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED']);

const SETTINGS = {
  allowH2: false,
  pipelining: 1,
  maxHeaderSize: MAX_HEADER_BYTES,
  // The overall deadline of a call bounds the time for the head and for the body.
  headersTimeout: 0,
  bodyTimeout: 0,
  // Shorter than the idle timeouts of servers, because a close while we write costs an attempt (ADR 33). If an endpoint
  // announces its timeout with Keep-Alive, that time minus 2 s is used instead.
  keepAliveTimeout: 1_500,
  keepAliveMaxTimeout: 30_000,
} satisfies Client.Options;

type GuardedConnect = ReturnType<typeof createGuardedConnect>;

interface PooledConnection extends IdleItem {
  client: Client;
  /** Null before it is open and after it has closed. */
  socket: Socket | null;
  /** Number of bytes that the socket had read when the current call took it. */
  bytesBefore: number;
  /** Number of reads for the current call. */
  reads: number;
  heads: HeadReader;
  /** Whether the socket was opened for an earlier call. */
  isKept: boolean;
  /** Time at which the connection last became idle, as returned by `performance.now`. */
  idleAt: number;
  /** Turn of the event loop in which the connection last became idle. */
  idleTurn: number;
}

/**
 * Manages connections to endpoints. Each connection serves one call at a time, and only calls of one account (ADR 20).
 * Unlike this class, undici's own Agent opens a second connection if the first has only just received its response, and
 * does not expose the socket of a call. Of its account's idle connections to the origin, a call uses the one that
 * became idle last; if there is none, it opens a new connection. The bytes and the reads of each call are counted and
 * limited.
 */
export class Connections {
  readonly #connectVerified: GuardedConnect;
  readonly #connectUnverified: GuardedConnect;
  readonly #open = new Set<PooledConnection>();
  readonly #idle = new IdlePool<PooledConnection>(IDLE_LIMITS);
  readonly #habits = new ConnectionHabits();
  readonly #turns = new TurnCount();
  /** One promise for each request that waits in case the endpoint has closed its connection. */
  readonly #waits = new Set<Promise<void>>();

  constructor(deps: ConnectDeps) {
    const timeoutMs = CONNECT_TIMEOUT_MS;
    this.#connectVerified = createGuardedConnect(deps, { verifyCertificate: true, timeoutMs });
    this.#connectUnverified = createGuardedConnect(deps, { verifyCertificate: false, timeoutMs });
  }

  /**
   * Takes an idle connection, or creates a connection that its request will open. A connection opened without
   * certificate verification never serves a call that requires verification.
   */
  take(wanted: IdleItem): Connection {
    const pooled = this.#idle.takeNewest(wanted) ?? this.#create(wanted);
    pooled.bytesBefore = pooled.socket?.bytesRead ?? 0;
    pooled.reads = 0;
    pooled.isKept = pooled.socket !== null;
    pooled.heads.begin();
    return {
      request: async (options) => {
        if (pooled.isKept && this.#mayHaveClosed(pooled)) {
          const waiting = this.#letCloseArrive(pooled);
          this.#waits.add(waiting);
          await waiting;
          this.#waits.delete(waiting);
        }
        return pooled.client.request({ ...options, onInfo: boundInterim() });
      },
      receivedHead: () => pooled.heads.head,
      keptAndSilent: () => keptAndSilent(pooled),
      reads: () => pooled.reads,
      release: ({ reusable }) => this.#release(pooled, reusable),
    };
  }

  /** Closes idle connections, and the others once their calls have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#waits);
    // Lets the requests that were waiting be sent before their clients close.
    await nextTurn();
    await Promise.all([...this.#open].map(({ client }) => client.close()));
  }

  #create({ accountId, origin, verifyCertificate }: IdleItem): PooledConnection {
    const guardedConnect = verifyCertificate ? this.#connectVerified : this.#connectUnverified;
    const connect: GuardedConnect = (target, callback) =>
      guardedConnect(target, (...[error, socket]) => {
        if (!socket) return callback(error, null);
        pooled.socket = socket;
        pooled.bytesBefore = 0;
        pooled.isKept = false;
        pooled.heads.attach(socket);
        boundReading(pooled, socket);
        return callback(null, socket);
      });
    const client = new Client(origin, { ...SETTINGS, connect });
    const pooled: PooledConnection = {
      accountId,
      origin,
      verifyCertificate,
      client,
      socket: null,
      bytesBefore: 0,
      reads: 0,
      heads: new HeadReader(),
      isKept: false,
      idleAt: 0,
      idleTurn: 0,
    };
    client.on('disconnect', (_url, _targets, error) => {
      pooled.socket = null;
      const isUnexpected = this.#idle.has(pooled) || keptAndSilent(pooled);
      if (isUnexpected && !CLOSED_BY_US.has(error.code)) {
        this.#habits.noteClosed(keyOf(pooled), performance.now());
      }
      if (this.#idle.has(pooled)) this.#discard(pooled);
    });
    this.#open.add(pooled);
    return pooled;
  }

  /**
   * Returns whether to wait before the connection is used again. A connection that became idle in this turn of the loop
   * may have been closed with its response, unless its endpoint is known not to do that; the loop has not polled the
   * socket since.
   */
  #mayHaveClosed(pooled: PooledConnection): boolean {
    return pooled.idleTurn !== this.#turns.current || !this.#habits.isSteady(keyOf(pooled));
  }

  /**
   * Waits, so that a close that the endpoint may already have sent can arrive. After a close, the client reconnects
   * automatically.
   */
  async #letCloseArrive(pooled: PooledConnection): Promise<void> {
    const key = keyOf(pooled);
    if (this.#habits.of(key, performance.now()) === 'unknown') {
      const leftMs = pooled.idleAt + PROBATION_MS - performance.now();
      if (leftMs > 0) await wait(leftMs);
    }
    // undici lets another turn pass before it writes. The loop polls its sockets between the two, so it notices a close
    // that has already arrived.
    await nextTurn();
    if (pooled.socket) this.#habits.noteKept(key);
  }

  #release(pooled: PooledConnection, reusable: boolean): void {
    // If the response arrived before the whole request was sent, the server may never read the rest.
    const isClean = reusable && !pooled.heads.altered && pooled.socket?.writableLength === 0;
    if (!isClean) {
      if (keptAndSilent(pooled)) this.#discardIdle(pooled);
      return this.#discard(pooled);
    }
    if (this.#habits.of(keyOf(pooled), performance.now()) === 'closes') return this.#discard(pooled);
    pooled.idleAt = performance.now();
    pooled.idleTurn = this.#turns.begin();
    for (const superfluous of this.#idle.add(pooled)) this.#discard(superfluous);
  }

  /** Discards the other idle connections to the origin, so that a resent request opens a new connection. */
  #discardIdle(wanted: IdleItem): void {
    for (let idle = this.#idle.takeNewest(wanted); idle; idle = this.#idle.takeNewest(wanted)) {
      this.#discard(idle);
    }
  }

  #discard(pooled: PooledConnection): void {
    this.#idle.remove(pooled);
    this.#open.delete(pooled);
    void pooled.client.destroy();
  }
}

/** Numbers those turns of the event loop in which a connection becomes idle. */
class TurnCount {
  #isCounting = false;
  current = 0;

  /** Returns the number of this turn, which ends with the loop's next immediates. */
  begin(): number {
    if (!this.#isCounting) {
      this.#isCounting = true;
      setImmediate(() => {
        this.#isCounting = false;
        this.current++;
      });
    }
    return this.current;
  }
}

function keptAndSilent({ isKept, heads }: PooledConnection): boolean {
  return isKept && !heads.received;
}

/**
 * Returns an `onInfo` handler that ends the call after too many interim responses. `HeadReader` counts only those that
 * it reads; this also counts those that it leaves to the parser, such as interim responses that name HTTP/2.0.
 */
function boundInterim(): () => void {
  let responses = 0;
  return () => {
    if (++responses > MAX_INTERIM_RESPONSES) throw tooManyInterim();
  };
}

/**
 * Destroys a socket that has read too much or too often. Must be the first listener, so that it runs before undici
 * parses.
 */
function boundReading(pooled: PooledConnection, socket: Socket): void {
  socket.on('readable', () => {
    pooled.reads++;
    if (socket.bytesRead - pooled.bytesBefore > MAX_EXCHANGE_BYTES) {
      socket.destroy(new ResponseLimitError('more than 1 MiB on the connection'));
    } else if (pooled.reads > MAX_READS) {
      socket.destroy(new TooManyReadsError(`sent in more than ${MAX_READS} pieces`));
    }
  });
}

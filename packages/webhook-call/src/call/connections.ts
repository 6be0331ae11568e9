import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';

import { type ConnectDeps, createGuardedConnect } from '@hookline/destination-guard/guarded-connect';
import { ResponseLimitError } from './classify-failure.ts';
import { type IdleItem, type IdleLimits, IdlePool } from './idle-pool.ts';

/** A connection in use by one call. */
export interface Connection {
  request(options: Omit<Dispatcher.RequestOptions, 'origin'>): Promise<Dispatcher.ResponseData>;
  /** Returns it to the pool if its response was read to the end (`reusable`); otherwise destroys it. */
  release({ reusable }: { reusable: boolean }): void;
}

/** Covers DNS, connecting and the TLS handshake. */
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1_024;
/**
 * Maximum number of bytes read from a connection for one call. undici counts neither interim responses, chunk
 * extensions nor reason phrases; 256 KiB of body in chunks of two bytes still fit.
 */
const MAX_EXCHANGE_BYTES = 1_024 * 1_024;
/**
 * Limits on idle connections. An endpoint may ask for 30 s of keep-alive, and an account may call very many endpoints:
 * neither may use up the file descriptors of the process or displace the connections of other accounts. The limit per
 * origin is the number of calls that an account may have in flight there.
 */
const IDLE_LIMITS: IdleLimits = { max: 1_000, maxPerAccount: 250, maxPerOrigin: 200 };

const SETTINGS = {
  allowH2: false,
  pipelining: 1,
  maxHeaderSize: MAX_HEADER_BYTES,
  // The overall deadline of a call bounds both.
  headersTimeout: 0,
  bodyTimeout: 0,
  // Below the 5 s of common servers: a server that closes while we write would cost an attempt (ADR 10).
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 30_000,
} satisfies Client.Options;

type GuardedConnect = ReturnType<typeof createGuardedConnect>;

interface PooledConnection extends IdleItem {
  client: Client;
  /** Null before it is open and after it has closed. */
  socket: Socket | null;
  /** Bytes that the socket had read when the current call took it. */
  bytesBefore: number;
}

/**
 * Connections to endpoints, one call at a time on each, and each for one account only (ADR 20). undici's own Agent
 * opens a second connection when the first has only just answered, and does not expose the socket of a call. Here a
 * call uses the connection of its account that became idle last, a new one is opened only if none is idle, and the
 * bytes that a call reads are counted.
 */
export class Connections {
  readonly #connectVerified: GuardedConnect;
  readonly #connectUnverified: GuardedConnect;
  readonly #open = new Set<PooledConnection>();
  readonly #idle = new IdlePool<PooledConnection>(IDLE_LIMITS);

  constructor(deps: ConnectDeps) {
    const timeoutMs = CONNECT_TIMEOUT_MS;
    this.#connectVerified = createGuardedConnect(deps, { verifyCertificate: true, timeoutMs });
    this.#connectUnverified = createGuardedConnect(deps, { verifyCertificate: false, timeoutMs });
  }

  /**
   * Takes an idle connection, or a new one that its request will open. A connection opened without certificate
   * verification never serves a call that requires it.
   */
  take(wanted: IdleItem): Connection {
    const pooled = this.#idle.takeNewest(wanted) ?? this.#create(wanted);
    pooled.bytesBefore = pooled.socket?.bytesRead ?? 0;
    return {
      request: (options) => pooled.client.request(options),
      release: ({ reusable }) => this.#release(pooled, reusable),
    };
  }

  /** Closes idle connections and waits for those in use. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map(({ client }) => client.close()));
  }

  #create({ accountId, origin, verifyCertificate }: IdleItem): PooledConnection {
    const guardedConnect = verifyCertificate ? this.#connectVerified : this.#connectUnverified;
    const connect: GuardedConnect = (target, callback) =>
      guardedConnect(target, (...[error, socket]) => {
        if (!socket) return callback(error, null);
        pooled.socket = socket;
        pooled.bytesBefore = 0;
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
    };
    client.on('disconnect', () => {
      pooled.socket = null;
      if (this.#idle.has(pooled)) this.#discard(pooled);
    });
    this.#open.add(pooled);
    return pooled;
  }

  #release(pooled: PooledConnection, reusable: boolean): void {
    // If the response arrived before the whole request was sent, the server may never read the rest.
    if (!reusable || !pooled.socket || pooled.socket.writableLength > 0) return this.#discard(pooled);
    for (const superfluous of this.#idle.add(pooled)) this.#discard(superfluous);
  }

  #discard(pooled: PooledConnection): void {
    this.#idle.remove(pooled);
    this.#open.delete(pooled);
    void pooled.client.destroy();
  }
}

/** Destroys a socket that has read too much. Must be the first listener, so that it runs before undici parses. */
function boundReading(pooled: PooledConnection, socket: Socket): void {
  socket.on('readable', () => {
    if (socket.bytesRead - pooled.bytesBefore <= MAX_EXCHANGE_BYTES) return;
    socket.destroy(new ResponseLimitError(`more than ${MAX_EXCHANGE_BYTES} bytes on the connection`));
  });
}

import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';

import { type ConnectDeps, createGuardedConnect } from '@hookline/destination-guard/guarded-connect';
import { ResponseLimitError } from './classify-failure.ts';
import { type IdleItem, type IdleLimits, IdlePool } from './idle-pool.ts';

/**
 * Connections to endpoints, one call at a time on each, and each for one account only (ADR 20). undici's own Agent
 * opens a second connection when the first has only just answered, and cannot tell which socket a call is on; here a
 * call takes the idle connection of its account that was used last, so there are never more than calls in flight, and
 * what it reads is counted.
 */
interface Connections {
  /**
   * Takes an idle connection, or one that its request will open. One that was opened without verification of its
   * certificate never serves a call that wants it verified.
   */
  take(wanted: IdleItem): Connection;
  /** Ends idle connections, waits for those that are taken. */
  close(): Promise<void>;
}

/** A connection while one call has it. */
export interface Connection {
  request(options: Omit<Dispatcher.RequestOptions, 'origin'>): Promise<Dispatcher.ResponseData>;
  /** Gives it back. `reusable` says that its answer was read to the end; else it is destroyed. */
  release({ reusable }: { reusable: boolean }): void;
}

/** From before DNS to the end of the TLS handshake. */
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1_024;
/**
 * Bytes read from a connection for one call. undici counts neither interim answers nor chunk extensions nor reason
 * phrases; 256 KiB of body in chunks of two bytes still pass.
 */
const MAX_EXCHANGE_BYTES = 1_024 * 1_024;
/**
 * Idle connections. An endpoint may ask for 30 s of keep-alive, and an account may call very many endpoints: neither may
 * use up the file descriptors of the process, nor close the connections that others keep. An origin may have as many as
 * an account may have calls in flight there.
 */
const IDLE_LIMITS: IdleLimits = { max: 1_000, maxPerAccount: 250, maxPerOrigin: 200 };

const SETTINGS = {
  allowH2: false,
  pipelining: 1,
  maxHeaderSize: MAX_HEADER_BYTES,
  // The overall deadline of a call bounds both.
  headersTimeout: 0,
  bodyTimeout: 0,
  // Below the 5 s of common servers: one that closes while we write would cost an attempt (ADR 10).
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 30_000,
} satisfies Client.Options;

interface Line extends IdleItem {
  client: Client;
  /** Null until it is open, and after it has closed. */
  socket: Socket | null;
  /** Bytes it had read when the present call took it. */
  bytesBefore: number;
}

export function createConnections(deps: ConnectDeps): Connections {
  const timeoutMs = CONNECT_TIMEOUT_MS;
  const verified = createGuardedConnect(deps, { verifyCertificate: true, timeoutMs });
  const unverified = createGuardedConnect(deps, { verifyCertificate: false, timeoutMs });
  const open = new Set<Line>();
  const idle = new IdlePool<Line>(IDLE_LIMITS);

  function discard(line: Line): void {
    idle.remove(line);
    open.delete(line);
    void line.client.destroy();
  }

  function createLine({ accountId, origin, verifyCertificate }: IdleItem): Line {
    const guardedConnect = verifyCertificate ? verified : unverified;
    const connect: typeof guardedConnect = (target, callback) =>
      guardedConnect(target, (...[error, socket]) => {
        if (!socket) return callback(error, null);
        line.socket = socket;
        line.bytesBefore = 0;
        boundReading(line, socket);
        return callback(null, socket);
      });
    const client = new Client(origin, { ...SETTINGS, connect });
    const line: Line = { accountId, origin, verifyCertificate, client, socket: null, bytesBefore: 0 };
    client.on('disconnect', () => {
      line.socket = null;
      if (idle.has(line)) discard(line);
    });
    open.add(line);
    return line;
  }

  function giveBack(line: Line, reusable: boolean): void {
    // An answer that came before the request was sent leaves bytes on their way that nobody may read.
    if (!reusable || !line.socket || line.socket.writableLength > 0) return discard(line);
    for (const superfluous of idle.add(line)) discard(superfluous);
  }

  return {
    take(wanted) {
      const line = idle.takeNewest(wanted) ?? createLine(wanted);
      line.bytesBefore = line.socket?.bytesRead ?? 0;
      return {
        request: (options) => line.client.request(options),
        release: ({ reusable }) => giveBack(line, reusable),
      };
    },
    async close() {
      await Promise.all([...open].map(({ client }) => client.close()));
    },
  };
}

/** The first listener of its event, so that it looks before undici parses. */
function boundReading(line: Line, socket: Socket): void {
  socket.on('readable', () => {
    if (socket.bytesRead - line.bytesBefore <= MAX_EXCHANGE_BYTES) return;
    socket.destroy(new ResponseLimitError(`more than ${MAX_EXCHANGE_BYTES} bytes on the connection`));
  });
}

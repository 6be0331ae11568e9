import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createArrivals, DEFAULT_DEADLINE_MS } from './arrivals.ts';
import {
  type ReceiverAnswer,
  type HttpAnswer,
  type Script,
  type Scripts,
  scriptedAnswers,
  type ReceivedRequest,
} from './receiver-script.ts';

interface ReceiverOptions {
  /** Serves HTTPS with this certificate (PEM). */
  tls?: { key: string; cert: string };
  /** Fixed port; by default a free port. */
  port?: number;
  /**
   * Address to listen on; by default 127.0.0.1. Even if the receiver listens on all addresses (0.0.0.0), `url` uses the
   * loopback address.
   */
  host?: string;
}

/** Condition on the requests to wait for, and time limit of the wait. */
interface RequestWish {
  where?: (request: ReceivedRequest) => boolean;
  deadlineMs?: number;
}

/** A customer's endpoint: a real HTTP server on loopback that records requests and answers according to scripts. */
export interface Receiver extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` (`https:` with a certificate), without a trailing slash. */
  url: string;
  /** `127.0.0.1:<port>`, for HOOKLINE_ALLOWED_DESTINATIONS. */
  address: string;
  /** All requests so far whose bodies have been read. */
  seen: readonly ReceivedRequest[];
  /** Returns the number of unfinished requests, to one path or to all. */
  inFlight(path?: string): number;
  /** Replaces the script of a path (`*`: of all paths without a separate script). */
  script(path: string, script: Script): void;
  /**
   * Waits until `count` requests (that match `where`) have arrived, and returns them.
   * @throws Error that lists what arrived instead, after the deadline (90 s by default)
   */
  requests(count: number, wish?: RequestWish): Promise<ReceivedRequest[]>;
  /** Closes the server and every connection. */
  stop(): Promise<void>;
}

/** Starts a receiver, on 127.0.0.1 unless `options.host` is set. */
export async function startReceiver(scripts: Scripts = {}, options: ReceiverOptions = {}): Promise<Receiver> {
  const answers = scriptedAnswers(scripts);
  const arrivals = createArrivals<ReceivedRequest>(
    ({ method, url, body, receivedAt }) =>
      `${new Date(receivedAt).toISOString()} ${method} ${url}, body of ${body.length} bytes`,
  );
  const open = new Set<{ path: string }>();

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const exchange = { path: pathOf(message) };
    open.add(exchange);
    response.once('close', () => open.delete(exchange));
    const request = await receive(message, response);
    arrivals.add(request);
    await send(await answers.next(request), request, response);
  };
  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    // If a script throws, or the client disconnects while it sends its request, the connection is closed.
    serve(message, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = options.tls ? createHttpsServer(options.tls, handle) : createHttpServer(handle);
  // The default time limits would end exchanges that a test keeps open on purpose.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  // Callers close unused connections. The server must not do so first, because a paused caller might be about to write
  // to such a connection.
  server.keepAliveTimeout = 60_000;
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');

  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    url: `${options.tls ? 'https' : 'http'}://${address}`,
    address,
    seen: arrivals.all,
    inFlight: (path) => [...open].filter((exchange) => path === undefined || exchange.path === path).length,
    script: answers.set,
    requests: async (count, { where = () => true, deadlineMs = DEFAULT_DEADLINE_MS } = {}) =>
      arrivals.until(
        (all) => {
          if (all.length < count) return undefined;
          const matching = all.filter(where);
          return matching.length >= count ? matching.slice(0, count) : undefined;
        },
        { wanted: `${count} requests at ${address}`, deadlineMs },
      ),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function pathOf(message: IncomingMessage): string {
  return (message.url ?? '/').split('?', 1)[0] ?? '/';
}

async function receive(message: IncomingMessage, response: ServerResponse): Promise<ReceivedRequest> {
  const receivedAt = Date.now();
  const ended = new Promise<'answered' | 'aborted'>((resolve) => {
    response.once('close', () => resolve(response.writableFinished ? 'answered' : 'aborted'));
  });
  const rawHeaders = pairs(message.rawHeaders);
  return {
    method: message.method ?? '',
    url: message.url ?? '',
    path: pathOf(message),
    rawHeaders,
    body: await buffer(message),
    receivedAt,
    ended,
    header(name) {
      const values = rawHeaders
        .filter(([sent]) => sent.toLowerCase() === name.toLowerCase())
        .map(([, value]) => value);
      return values.length === 0 ? undefined : values.join(', ');
    },
  };
}

function pairs(flat: string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']);
}

async function send(
  answer: ReceiverAnswer,
  request: ReceivedRequest,
  response: ServerResponse,
): Promise<void> {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  await (typeof answer.after === 'function' ? answer.after(request) : answer.after);
  if ('raw' in answer) response.socket?.end(answer.raw);
  else sendHttp(answer, response);
}

function sendHttp({ status = 200, headers = {}, body = '' }: HttpAnswer, response: ServerResponse): void {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(isJson ? JSON.stringify(body) : String(body));
  response.statusCode = status;
  if (isJson) response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // Node adds the content-length, unless the script has set it.
  response.end(bytes);
}

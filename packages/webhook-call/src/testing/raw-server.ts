import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** The head of a request as received. */
interface RawRequest {
  /** Method, target and version. */
  line: string;
  /** `name: value` lines as sent, in order. */
  headers: string[];
  /** Number of the connection on this server, from 1. */
  connection: number;
}

export type RawAnswer = (socket: Socket, request: RawRequest) => void;

/** A server on loopback that works without an HTTP library and sends exactly the bytes that its script writes. */
export interface RawServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, or https. */
  url: string;
  port: number;
  /** Number of connections accepted so far. */
  accepted: number;
  requests: RawRequest[];
}

/** A private key and its certificate, in PEM format. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

interface RawServerOptions {
  /** Uses TLS with this certificate, and offers these protocols and versions. */
  tls?: KeyAndCertificate & TlsOptions;
}

/** @param answer called for each request once its head has arrived, possibly before its body */
export async function startRawServer(answer: RawAnswer, { tls }: RawServerOptions = {}): Promise<RawServer> {
  const open = new Set<Socket>();
  const serve = (socket: Socket): void => {
    server.accepted += 1;
    const connection = server.accepted;
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => open.delete(socket));
    const read = createRequestReader((head) => {
      const [line = '', ...headers] = head.split('\r\n');
      const request = { line, headers, connection };
      server.requests.push(request);
      answer(socket, request);
    });
    socket.on('data', read);
  };
  const listener = tls ? createTlsServer(tls, serve) : createServer(serve);
  // Some tests expect the client to abandon the handshake.
  listener.on('tlsClientError', () => undefined);
  const server: RawServer = {
    url: '',
    port: 0,
    accepted: 0,
    requests: [],
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  server.port = (listener.address() as AddressInfo).port;
  server.url = `${tls ? 'https' : 'http'}://127.0.0.1:${server.port}`;
  return server;
}

/** Finds the heads in a stream of requests whose bodies have a content-length or are empty. */
function createRequestReader(onHead: (head: string) => void): (chunk: Buffer) => void {
  let pending = '';
  let bodyLeft = 0;
  return (chunk) => {
    pending += chunk.toString('latin1');
    for (;;) {
      const skipped = Math.min(bodyLeft, pending.length);
      pending = pending.slice(skipped);
      bodyLeft -= skipped;
      const end = pending.indexOf('\r\n\r\n');
      if (bodyLeft > 0 || end < 0) return;
      const head = pending.slice(0, end);
      pending = pending.slice(end + 4);
      bodyLeft = Number(/\r\ncontent-length: ([0-9]+)/i.exec(head)?.[1] ?? 0);
      onHead(head);
    }
  };
}

/** Writes each piece in its own packet; stops early if the other side closes the connection. */
export async function sendPieces(socket: Socket, pieces: Iterable<string>): Promise<void> {
  socket.setNoDelay(true);
  for (const piece of pieces) {
    if (!socket.writable) return;
    await new Promise<void>((resolve) => void socket.write(piece, () => resolve()));
    await nextTurn();
  }
}

/** Writes `chunk` repeatedly while the other side reads. */
export function flood(socket: Socket, chunk: string): void {
  const pour = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on('drain', pour);
  pour();
}

/** Writes `chunk` every `everyMs`, for tests in which a timeout between bytes must never expire. */
export function drip(socket: Socket, chunk: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(chunk), everyMs);
  socket.once('close', () => clearInterval(timer));
}

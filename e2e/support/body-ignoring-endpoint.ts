import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A request as this endpoint parsed it. */
export interface ParsedRequest {
  /** Method, target and version. */
  line: string;
  target: string;
  /** Empty at the path whose bodies are ignored. */
  body: string;
}

/**
 * An endpoint on loopback that ignores the bodies of requests to `/ignores-bodies` and keeps the connection open, as
 * some front ends and handlers of static files do (CL.0 desync). It parses the bytes after the head of such a request
 * as the next request. Each response names the target of its request; the response to `/slow` is sent together with the
 * response to the next request on the connection.
 */
export interface BodyIgnoringEndpoint extends AsyncDisposable {
  url: string;
  /** `host:port` */
  address: string;
  requests: readonly ParsedRequest[];
}

const IGNORES_BODIES = '/ignores-bodies';
const SLOW = '/slow';

export async function startBodyIgnoringEndpoint(): Promise<BodyIgnoringEndpoint> {
  const requests: ParsedRequest[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy());
    serve(socket, requests);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${address}`,
    address,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(socket: Socket, requests: ParsedRequest[]): void {
  let pending = '';
  let held = '';
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    for (let next = readRequest(pending); next !== null; next = readRequest(pending)) {
      pending = next.rest;
      requests.push(next.request);
      const answers = held + answerTo(next.request.target);
      held = next.request.target === SLOW ? answers : '';
      if (held === '') socket.write(answers);
    }
  });
}

/** Parses the first request in `text` and returns it with the remaining text; null until it is complete. */
function readRequest(text: string): { request: ParsedRequest; rest: string } | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [line = '', ...headers] = text.slice(0, headEnd).split('\r\n');
  const target = line.split(' ')[1] ?? '';
  const declared = /^content-length: *([0-9]+)$/im.exec(headers.join('\n'))?.[1] ?? '0';
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + (target === IGNORES_BODIES ? 0 : Number(declared));
  if (text.length < bodyEnd) return null;
  return { request: { line, target, body: text.slice(bodyStart, bodyEnd) }, rest: text.slice(bodyEnd) };
}

function answerTo(target: string): string {
  const body = `answer to ${target}`;
  return `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_TIMER_MS } from '@hookline/shared/runtime/wait-until';
import type { CallEvent } from '../checker/history-event.ts';
import { HistoryFile } from '../history/history-file.ts';
import { BEHAVIOURS, isBehaviour, type EndpointAnswer } from './behaviours.ts';
import { type ReceiverMessage, type ReceiverOrder, UNRECORDED_QUERY } from './receiver-messages.ts';

/**
 * Process that serves the endpoints of a fault run: `/<behaviour>/<account>/<name>` responds according to the
 * behaviour. It records every call to such a path, except those with the query `?test-call`, in the file named by its
 * first argument, and it ends with its parent.
 */
const history = new HistoryFile(process.argv[2] ?? '');
/** Calls that have not ended: without a response, or with an endless body. */
const open = new Map<ServerResponse, CallEvent>();
/** Functions that each end one wait before a response. */
const waits = new Set<() => void>();
let recovered = false;

const DRIP_MS = 1_000;
const FLOOD_MS = 10;
const FLOOD = Buffer.alloc(65_536, 'x');

function serve(request: IncomingMessage, response: ServerResponse): void {
  const startedAt = Date.now();
  request.resume();
  answer(request, response, startedAt).catch((error: unknown) => response.destroy(error as Error));
}

async function answer(request: IncomingMessage, response: ServerResponse, at: number): Promise<void> {
  const [path = '', query] = request.url?.split('?') ?? [];
  const [, behaviour = '', accountId = '', name = ''] = path.split('/');
  if (!isBehaviour(behaviour)) {
    response.writeHead(400).end(`no endpoint behaves like "${behaviour}"`);
    return;
  }
  const executionId = String(request.headers['webhook-id']);
  const attempt = Number(request.headers['webhook-attempt']);
  const planned: EndpointAnswer = BEHAVIOURS[behaviour]({
    executionId,
    attempt,
    name,
    at,
    recovered,
    accountId,
    authorization: request.headers.authorization,
  });
  const { status, afterMs, retryAfter, endless, body = '' } = planned;
  const retryAfterMs = retryAfter === undefined ? null : retryAfter * 1_000;
  const call = { kind: 'call', accountId, executionId, attempt, endpoint: request.url ?? '' } as const;
  if (query !== UNRECORDED_QUERY)
    open.set(response, { ...call, startedAt: at, endedAt: at, status: null, retryAfterMs: null });
  response.once('close', () => end(response, endless ? status : null, null));
  if (afterMs > 0) await wait(afterMs, response);
  if (response.destroyed) return;
  if (endless) {
    response.writeHead(status);
    if (endless === 'drip') drip(response);
    else flood(response);
    return;
  }
  // Recorded before the last byte is sent, because the caller's next call may arrive before `close` is emitted.
  end(response, status, retryAfterMs);
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }).end(body);
}

/** Waits until `ms` have passed, the caller disconnects, or the endpoints recover. */
function wait(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      waits.delete(done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS));
    waits.add(done);
    response.once('close', done);
  });
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('x'), DRIP_MS);
  response.once('close', () => clearInterval(timer));
}

/**
 * Sends as much as the caller reads, up to 6.5 MB per second, until it disconnects. Without this bound, hundreds of
 * floods would occupy the whole machine; in production, the senders run on other machines.
 */
function flood(response: ServerResponse): void {
  const timer = setInterval(() => {
    if (!response.writableNeedDrain) response.write(FLOOD);
  }, FLOOD_MS);
  response.once('close', () => clearInterval(timer));
}

function end(response: ServerResponse, status: number | null, retryAfterMs: number | null): void {
  const call = open.get(response);
  if (!call) return;
  open.delete(response);
  history.write({ ...call, endedAt: Date.now(), status, retryAfterMs });
}

const server = createServer(serve);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () =>
  send({ kind: 'listening', port: (server.address() as AddressInfo).port }),
);

function send(message: ReceiverMessage): void {
  process.send?.(message);
}

process.on('message', (order: ReceiverOrder) => {
  if (order !== 'finish') {
    recovered = order === 'recover';
    if (recovered) for (const endWait of waits) endWait();
    return;
  }
  for (const response of open.keys()) end(response, null, null);
  history.close();
  send({ kind: 'finished' });
});
process.on('disconnect', () => process.exit());

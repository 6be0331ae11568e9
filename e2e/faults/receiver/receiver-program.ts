import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallEvent } from '../checker/history-event.ts';
import { createHistoryFile } from '../history/history-file.ts';
import { BEHAVIOURS, isBehaviour, type Answer } from './behaviours.ts';
import type { ReceiverMessage, ReceiverOrder } from './receiver-messages.ts';

/**
 * The endpoints of a fault run, a process of its own: `/<behaviour>/<account>/<name>` answers as that behaviour says.
 * It notes every call in the file that its first argument names, and ends with its parent.
 */
const history = createHistoryFile(process.argv[2] ?? '');
/** Calls that have no answer yet, and when they came. */
const open = new Map<ServerResponse, CallEvent>();
/** Ends each wait before an answer. */
const waits = new Set<() => void>();
let well = false;

const LONGEST_TIMER_MS = 2_147_483_647;
const DRIP_MS = 1_000;
const FLOOD_MS = 10;
const FLOOD = Buffer.alloc(65_536, 'x');

function serve(request: IncomingMessage, response: ServerResponse): void {
  const startedAt = Date.now();
  request.resume();
  answer(request, response, startedAt).catch((error: unknown) => response.destroy(error as Error));
}

async function answer(request: IncomingMessage, response: ServerResponse, at: number): Promise<void> {
  const [, behaviour = '', accountId = ''] = request.url?.split('/') ?? [];
  if (!isBehaviour(behaviour)) {
    response.writeHead(400).end(`no endpoint behaves like "${behaviour}"`);
    return;
  }
  const executionId = String(request.headers['webhook-id']);
  const attempt = Number(request.headers['webhook-attempt']);
  const told: Answer = BEHAVIOURS[behaviour]({ executionId, attempt, at, well });
  const { status, afterMs, retryAfter, endless } = told;
  const retryAfterMs = retryAfter === undefined ? null : retryAfter * 1_000;
  const call = { kind: 'call', accountId, executionId, attempt, endpoint: request.url ?? '' } as const;
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
  // Before the last byte goes: the caller may have its next call here before we hear that it is gone.
  end(response, status, retryAfterMs);
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }).end();
}

/** Until the time has passed, the caller has hung up, or endpoints get well. */
function wait(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      waits.delete(done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
    waits.add(done);
    response.once('close', done);
  });
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('x'), DRIP_MS);
  response.once('close', () => clearInterval(timer));
}

/**
 * As much as the caller takes, up to 6.5 MB a second, until it hangs up: hundreds of these at the speed of memory would
 * keep this machine from doing anything else, and no caller meets them so.
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
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port }),
);

function tell(message: ReceiverMessage): void {
  process.send?.(message);
}

process.on('message', (order: ReceiverOrder) => {
  if (order !== 'finish') {
    well = order === 'well';
    if (well) for (const endWait of waits) endWait();
    return;
  }
  for (const response of open.keys()) end(response, null, null);
  history.close();
  tell({ kind: 'finished' });
});
process.on('disconnect', () => process.exit());

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { HttpMethod } from '@hookline/shared/contracts/events';
import { NO_TOKENS } from '../testing/no-tokens.ts';
import { type RawAnswer, type RawServer, startRawServer } from '../testing/raw-server.ts';
import { compileSample } from '../testing/sample-definition.ts';
import { LOOPBACK, prepare, startCaller, type TestCaller } from '../testing/test-caller.ts';
import { exchangeOnce } from '../attempt/exchange-once.ts';
import { judgeExchange } from '../attempt/judge-exchange.ts';
import { nextAttempt } from '../outcome/retry-policy.ts';
import { renderRequest } from '../request/render-request.ts';
import { OpenedSecrets } from '../request/open-secrets.ts';

const CALLS = 1_000;
const LANES = 10;
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const NO_RETRIES = { maxRetries: 0, baseMs: 5_000, factor: 3 };

/** Settings of a webhook under test. */
interface Run {
  method: HttpMethod;
  resendOnReset?: boolean;
}

/** Whether each attempt of one execution succeeded, in order. */
type Attempts = boolean[];

/** Runs an execution as the dispatcher does, with retries switched off. */
async function execute(
  caller: TestCaller,
  server: { url: string },
  { method, resendOnReset = false }: Run,
  id: string,
) {
  const attempts: Attempts = [];
  const compilation = compileSample({ url: `${server.url}/`, method, payloadTemplate: null }, LOOPBACK);
  const rendering = renderRequest(compilation, {});
  for (let attempt = 1; ; attempt++) {
    const exchange = await exchangeOnce(caller, {
      rendering,
      tokens: NO_TOKENS,
      openSecrets: () => Promise.resolve(new OpenedSecrets({ credential: null, signing: null })),
      executionId: id,
      attempt,
      accountId: 'acct_1',
      timeoutMs: 30_000,
      sslVerify: true,
      choices: { followRedirects: false, retryOn: null, successOn: null, resendOnReset },
    });
    const { outcome } = judgeExchange(exchange, 0);
    attempts.push(outcome.status === 'success');
    const end = { attempt, outcome, policy: NO_RETRIES, now: 0, random: 0, baseWaitMs: 5_000 };
    if (outcome.status === 'success' || nextAttempt(end).kind === 'final') return attempts;
  }
}

async function executeAll(caller: TestCaller, server: RawServer, run: Run): Promise<Attempts[]> {
  const results: Attempts[] = [];
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < CALLS) results.push(await execute(caller, server, run, `e-${++started}`));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

/** Returns the number of requests that the endpoint received for each execution. */
function receivedPerExecution({ requests }: RawServer): number[] {
  const counts = new Map<string, number>();
  for (const { headers } of requests) {
    const id = headers.find((line) => line.startsWith('webhook-id: ')) ?? '';
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts.values()];
}

/** Resets a kept connection when the second request arrives on it, as if the endpoint had just closed it. */
function resettingSecond(): RawAnswer {
  const used = new Set<number>();
  return (socket, { connection }) => {
    if (used.has(connection)) return void socket.resetAndDestroy();
    used.add(connection);
    return void socket.write(OK);
  };
}

/**
 * Calls an endpoint in a separate process; returns the number of requests that it received for each execution, and the
 * results of the calls.
 */
async function callOwnProcess(closeAfterMs: number, lanes: number, pauseMs: number) {
  const child = fork(join(import.meta.dirname, '../testing/closing-endpoint.ts'), [String(closeAfterMs)]);
  const [port] = (await once(child, 'message')) as [number];
  await using caller = await startCaller();
  const server = { url: `http://127.0.0.1:${port}` };
  const results: Attempts[] = [];
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < CALLS) {
      results.push(await execute(caller, server, { method: 'POST' }, `e-${++started}`));
      if (pauseMs > 0) await pause(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  child.send('log');
  const [log] = (await once(child, 'message')) as [Record<string, number>];
  child.disconnect();
  child.kill();
  return { results, received: Object.values(log) };
}

describe('an endpoint that closes connections', () => {
  const timers: NodeJS.Timeout[] = [];
  afterEach(() => timers.splice(0).forEach(clearTimeout));

  it.each<Run>([{ method: 'POST' }, { method: 'GET' }])(
    `F13: receives each of ${CALLS} calls once if it closes the connection after each response: %j`,
    async (run) => {
      await using server = await startRawServer((socket) => void socket.end(OK));
      await using caller = await startCaller();

      const results = await executeAll(caller, server, run);

      expect(results).toEqual(Array.from({ length: CALLS }, () => [true]));
      expect(receivedPerExecution(server)).toEqual(Array.from({ length: CALLS }, () => 1));
    },
  );

  it(`F13: receives each of ${CALLS} calls once if it closes every fiftieth connection together with its response`, async () => {
    let answered = 0;
    await using server = await startRawServer((socket) => {
      socket.write(OK);
      if (++answered % 50 === 0) socket.destroy();
    });
    await using caller = await startCaller();

    const results = await executeAll(caller, server, { method: 'POST' });

    expect(results).toEqual(Array.from({ length: CALLS }, () => [true]));
    expect(receivedPerExecution(server)).toEqual(Array.from({ length: CALLS }, () => 1));
  });

  it.each([
    ['with its response', 0, LANES, 0],
    ['a moment after its response', 1, LANES, 0],
    // The next request of each lane is due just as the endpoint closes the connection.
    ['2 s after its response', 2_000, CALLS / 2, 1_998],
  ])(
    `F13: receives each of ${CALLS} calls once if it runs in a separate process and closes the connection %s`,
    async (_, closeAfterMs, lanes, pauseMs) => {
      const { results, received } = await callOwnProcess(closeAfterMs, lanes, pauseMs);
      expect(results).toEqual(Array.from({ length: CALLS }, () => [true]));
      expect(received).toEqual(Array.from({ length: CALLS }, () => 1));
    },
    30_000,
  );

  it(`F13: receives each of ${CALLS} calls once, even those sent just as it closes connections that were idle for 2 s`, async () => {
    const idle = Promise.withResolvers<void>();
    let answered = 0;
    await using server = await startRawServer((socket) => {
      socket.write(OK);
      if (++answered > CALLS / 2) return;
      timers.push(
        setTimeout(() => {
          socket.end();
          idle.resolve();
        }, 2_000),
      );
    });
    await using caller = await startCaller();
    const call = (_: unknown, index: number): Promise<Attempts> =>
      execute(caller, server, { method: 'POST' }, `e-${index}-${answered}`);
    const all = () => Promise.all(Array.from({ length: CALLS / 2 }, call));

    const first = await all();
    const opened = server.accepted;
    await idle.promise;
    const second = await all();

    expect([...first, ...second]).toEqual(Array.from({ length: CALLS }, () => [true]));
    expect(server.requests).toHaveLength(CALLS);
    // The number of connections depends on the speed of the machine, because calls within `first` or within `second`
    // may share a connection.
    expect(server.accepted).toBeGreaterThan(opened);
  }, 30_000);

  it.each<[Run, string]>([
    [{ method: 'GET' }, 'its method is idempotent'],
    [{ method: 'PUT' }, 'its method is idempotent'],
    [{ method: 'DELETE' }, 'its method is idempotent'],
    [{ method: 'POST', resendOnReset: true }, 'the webhook requests it'],
    [{ method: 'PATCH', resendOnReset: true }, 'the webhook requests it'],
  ])(
    'F13: after resetting a request on arrival, receives it again on a new connection for %j, because %s',
    async (run) => {
      await using server = await startRawServer(resettingSecond());
      await using caller = await startCaller();

      expect(await execute(caller, server, run, 'e-1')).toEqual([true]);
      expect(await execute(caller, server, run, 'e-2')).toEqual([false, true]);

      expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
      expect(receivedPerExecution(server)).toEqual([1, 2]);
    },
  );

  it.each<Run>([{ method: 'POST' }, { method: 'PATCH', resendOnReset: false }])(
    'F13: after resetting a request on arrival, does not receive it again for %j, because it may have taken effect',
    async (run) => {
      await using server = await startRawServer(resettingSecond());
      await using caller = await startCaller();

      expect(await execute(caller, server, run, 'e-1')).toEqual([true]);
      expect(await execute(caller, server, run, 'e-2')).toEqual([false]);
      expect(receivedPerExecution(server)).toEqual([1, 1]);
    },
  );

  it.each<[string, RawAnswer]>([
    ['a new connection', (socket) => void socket.resetAndDestroy()],
    [
      'a response that has begun',
      (socket, { line }) => void (line.includes('/cut') ? socket.end('HTTP/1.1 2') : socket.write(OK)),
    ],
  ])('F13: does not receive a request again if it breaks off %s', async (_, answer) => {
    await using server = await startRawServer(answer);
    await using caller = await startCaller();
    await caller.call(prepare(server.url));
    const result = await caller.call(prepare(`${server.url}/cut`, { method: 'GET' }));
    expect(result).toMatchObject({ kind: 'failed', keptConnectionClosed: false });
  });

  it('F13: receives requests only on new connections after it reset a kept connection', async () => {
    const used = new Set<number>();
    const both = Promise.withResolvers<void>();
    await using server = await startRawServer((socket, { connection }) => {
      if (used.has(connection)) return void socket.resetAndDestroy();
      used.add(connection);
      if (used.size === 2) both.resolve();
      return void both.promise.then(() => socket.write(OK));
    });
    await using caller = await startCaller();
    const get = prepare(server.url, { method: 'GET' });

    await Promise.all([caller.call(get), caller.call(get)]);
    expect(await caller.call(get)).toMatchObject({ keptConnectionClosed: true });
    expect(await caller.call(get)).toMatchObject({ status: 200 });
    expect(server.accepted).toBe(3);
  });

  it('F13: may keep a connection for longer than 1.5 s if its Keep-Alive permits that', async () => {
    const later = Promise.withResolvers<void>();
    await using server = await startRawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nkeep-alive: timeout=6\r\ncontent-length: 2\r\n\r\nok');
      timers.push(setTimeout(() => later.resolve(), 2_000));
    });
    await using caller = await startCaller();
    await caller.call(prepare(server.url));
    await later.promise;
    expect(await caller.call(prepare(server.url))).toMatchObject({ status: 200 });
    expect(server.accepted).toBe(1);
  });

  it('F13: loses an idle connection after 1.5 s if it sends no Keep-Alive', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await startRawServer((socket) => {
      void once(socket, 'close').then(() => closed.resolve());
      socket.write(OK);
    });
    await using caller = await startCaller();
    expect(await caller.call(prepare(server.url))).toMatchObject({ status: 200 });
    await closed.promise;
  });
});

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { buildConnector } from 'undici';
import type { DestinationGuard } from './destination-guard.ts';
import { createGuardedConnect } from './guarded-connect.ts';
import { NOT_ALLOWED } from './refusal.ts';

const OPTIONS = { verifyCertificate: true, timeoutMs: 10_000 };
const allowAll: DestinationGuard = {
  ready: () => Promise.resolve(),
  judgeHost: () => null,
  judgeAnswer: () => null,
  judgeAddress: () => null,
};

/** Starts a server that records its connections; `connect` connects to it through a guard. */
async function startServer() {
  const opened: Socket[] = [];
  const server = createServer((socket) => {
    opened.push(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = String(typeof address === 'object' ? address?.port : '');
  const resolver = { resolve: () => Promise.resolve(['127.0.0.1']) };

  return {
    opened,
    connect: (hostname: string, guard: DestinationGuard, protocol = 'http:') =>
      new Promise<Socket | string>((resolve) => {
        const settled: buildConnector.Callback = (error, socket) =>
          resolve(error ? error.name : (socket ?? 'neither'));
        createGuardedConnect({ guard, resolver }, OPTIONS)({ hostname, port, protocol }, settled);
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of opened) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('createGuardedConnect', () => {
  it('connects if every check passes', async () => {
    await using server = await startServer();
    const socket = await server.connect('hooks.example.com', allowAll);
    expect(socket).toMatchObject({ remoteAddress: '127.0.0.1' });
    if (typeof socket !== 'string') socket.destroy();
  });

  it('opens no connection if a literal host or the DNS answer for a name is refused', async () => {
    await using server = await startServer();
    const literal = await server.connect('127.0.0.1', { ...allowAll, judgeHost: () => NOT_ALLOWED });
    const name = await server.connect('hooks.example.com', { ...allowAll, judgeAnswer: () => NOT_ALLOWED });
    expect([literal, name]).toEqual(['DestinationBlockedError', 'DestinationBlockedError']);

    // Connections are accepted in order, so a connection to a refused host would have been accepted before this one and
    // would be counted.
    const last = await server.connect('hooks.example.com', allowAll);
    if (typeof last !== 'string') last.destroy();
    while (server.opened.length === 0) await new Promise(setImmediate);
    expect(server.opened).toHaveLength(1);
  });

  it('checks an IPv6 literal only after its translations are known', async () => {
    await using server = await startServer();
    let known = false;
    const refused = await server.connect('::1', {
      ...allowAll,
      ready: async () => {
        await new Promise(setImmediate);
        known = true;
      },
      judgeHost: () => (known ? NOT_ALLOWED : null),
    });
    expect(refused).toBe('DestinationBlockedError');
  });

  it('fails with the error that occurs while it waits for the guard', async () => {
    await using server = await startServer();
    const ready = () => Promise.reject(new TypeError('broken'));
    expect(await server.connect('::1', { ...allowAll, ready })).toBe('TypeError');
  });

  it.each(['http:', 'https:'])(
    'checks the peer again and sends nothing to a refused peer (%s)',
    async (protocol) => {
      await using server = await startServer();
      const guard = { ...allowAll, judgeAddress: () => NOT_ALLOWED };
      const blocked = await server.connect('hooks.example.com', guard, protocol);
      expect(blocked).toBe('DestinationBlockedError');
      while (server.opened.length === 0) await new Promise(setImmediate);
      const [socket] = server.opened;
      if (socket && !socket.closed) await once(socket.resume(), 'close');
      expect(socket?.bytesRead).toBe(0);
    },
  );
});

import { createServer } from 'node:net';

/**
 * Ports are drawn from below the ranges that Linux (from 32768) and macOS (from 49152) use for outgoing connections, so
 * that no client socket can occupy a port between the check here and the store's own `listen`.
 */
const FIRST = 20_000;
const LAST = 32_000;

/** Whether no process listens on a port of the loopback interface. */
export async function isPortFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1' }, () => probe.close(() => resolve(true)));
  });
}

/** Returns a free port, drawn at random so that concurrent runs rarely choose the same one. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isPortFree(port)) return port;
  }
  throw new Error(
    `no free port on 127.0.0.1 between ${FIRST} and ${LAST} after 100 tries: free some of them`,
  );
}

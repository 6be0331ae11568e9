import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, startStack } from './start-stack.ts';

/** Response of the stack broker to a connection, as JSON: the addresses of the stores, or why there are none. */
export type BrokerAnswer =
  { kafkaBrokers: string[]; databaseUrl: string; redisUrl: string } | { error: string };

export interface StackBroker {
  /**
   * Path of the Unix socket; each connection receives one BrokerAnswer once the stack has started or failed to start.
   */
  socketPath: string;
  /** Stops the stack, if it was started, and closes the socket. */
  stop(): Promise<void>;
}

/**
 * Shares one stack between the processes of a test run. The stack is started when the first process connects, so that a
 * run with only unit tests starts nothing.
 */
export async function startStackBroker(): Promise<StackBroker> {
  const dir = await mkdtemp(join(tmpdir(), 'hookline-broker-'));
  const socketPath = join(dir, 'socket');
  const givenUp = new AbortController();
  let stack: Promise<Stack> | undefined;

  const server = createServer((socket) => {
    // A test process may exit before it receives its response, which must not affect the other processes.
    socket.on('error', () => socket.destroy());
    stack ??= startStack({
      signal: givenUp.signal,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
    void stack.then(
      ({ kafkaBrokers, databaseUrl, redisUrl }) => answer({ kafkaBrokers, databaseUrl, redisUrl }),
      (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
    );
    const answer = (value: BrokerAnswer): void => {
      socket.end(JSON.stringify(value));
    };
  });
  server.listen(socketPath);
  await once(server, 'listening');
  server.unref();
  return {
    socketPath,
    async stop() {
      givenUp.abort();
      server.close();
      const running = await stack?.catch(() => undefined);
      await running?.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

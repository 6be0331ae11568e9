import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SOURCE_FLAGS } from '@hookline/testkit/source-process';
import { freePort } from '@hookline/testkit/stack/free-port';
import type { BrokerMessage, BrokerOrder } from './broker-messages.ts';

/** A Kafka broker that can be killed and restarted; it keeps its data and its port. */
export interface Broker extends AsyncDisposable {
  /** `host:port`. */
  address: string;
  /** Sends SIGKILL; resolves when the broker has exited. */
  kill(): Promise<void>;
  /** Restarts the broker; resolves when it accepts requests. */
  start(): Promise<void>;
}

function reply(kind: 'up' | 'gone') {
  return { kind, done: Promise.withResolvers<void>() };
}

/**
 * Starts a broker as a native process, which needs Java 17 or later.
 * @throws Error that names what is missing, or contains the last lines of the broker's output
 */
export async function startBroker(report: (line: string) => void): Promise<Broker> {
  const port = await freePort();
  return hostBroker({ program: 'broker-program.ts', args: [String(port)], port }, report);
}

/**
 * Runs a program in this folder that owns a broker (own-broker.ts).
 * @param options.port port on 127.0.0.1 on which the broker accepts requests
 * @throws Error with the message that the program reported
 */
export async function hostBroker(
  { program, args, port }: { program: string; args: string[]; port: number },
  report: (line: string) => void,
): Promise<Broker> {
  const child = fork(join(import.meta.dirname, program), args, { execArgv: SOURCE_FLAGS });
  const exited = once(child, 'exit');
  let awaited = reply('up');
  child.on('message', (message: BrokerMessage) => {
    if (message.kind === 'progress') report(message.line);
    else if (message.kind === 'failed') awaited.done.reject(new Error(`Kafka: ${message.message}`));
    else if (message.kind === awaited.kind) awaited.done.resolve();
  });
  const order = async (what: BrokerOrder, kind: 'up' | 'gone'): Promise<void> => {
    awaited = reply(kind);
    child.send(what);
    await awaited.done.promise;
  };
  const dispose = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await exited;
  };
  try {
    await awaited.done.promise;
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    address: `127.0.0.1:${port}`,
    kill: () => order('kill', 'gone'),
    start: () => order('start', 'up'),
    [Symbol.asyncDispose]: dispose,
  };
}

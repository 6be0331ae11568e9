import { spawn } from 'node:child_process';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import { killGroup } from './kill-group.ts';
import { createTail } from './tail.ts';

const READY_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 5_000;
const TAIL_LINES = 40;

/** Command that runs a store in the foreground. */
export interface StoreCommand {
  /** Name for messages: `Kafka`, `Postgres`, `Redis`. */
  name: string;
  program: string;
  args: string[];
  /** Line of output that reports that the store accepts connections. */
  readyLine: RegExp;
  /** Signal that ends the store immediately; nothing needs to be saved, because the data is removed. */
  stopSignal: 'SIGKILL' | 'SIGQUIT';
  argv0?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

/** A running store. */
export interface StoreProcess {
  /** Resolves when the store has ended, with a text about how it ended and its last lines. */
  ended: Promise<string>;
  /** Stops the store and waits until it has ended. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a store and waits until it reports that it is ready. The store has its own process group, so that Ctrl-C in
 * the terminal reaches only the foreground command, and the keeper decides when the stores end.
 * @throws Error with the store's last lines if it ends, or is not ready within 90 s; the process has then ended
 */
export async function spawnStore(command: StoreCommand, signal: AbortSignal): Promise<StoreProcess> {
  signal.throwIfAborted();
  const { name, program, args, readyLine, stopSignal, ...options } = command;
  const ready = Promise.withResolvers<void>();
  const tail = createTail(TAIL_LINES, (line) => {
    if (readyLine.test(line)) ready.resolve();
  });
  const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', tail.add);
  child.stderr.on('data', tail.add);

  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`${name} could not be started: ${error.message}`));
    child.once('exit', (code, by) =>
      resolve(`${name} ended with ${code ?? by}. Its last lines:\n${tail.text()}`),
    );
  });
  const stop = async (): Promise<void> => {
    child.kill(stopSignal);
    const forced = setTimeout(() => killGroup(child.pid), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(forced);
  };

  const late = (): never => {
    throw new Error(`${name} was not ready within ${READY_DEADLINE_MS} ms. Its last lines:\n${tail.text()}`);
  };
  void ended.then((how) => ready.reject(new Error(how)));
  try {
    await withTimeout(ready.promise, READY_DEADLINE_MS, late, signal);
    return { ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

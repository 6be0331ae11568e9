import type { Logger } from './logger.ts';

/**
 * A long-lived part of a process. `start` resolves once it works, `stop` once everything it did has ended; both may
 * be called twice, and `stop` before `start`.
 */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Why it cannot work right now, or null. Read by `/readyz`. */
  problem?(): string | null;
}

/** A composed process: its parts in the order they start. They stop in reverse. */
export interface App {
  readonly parts: readonly Part[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Joins parts into one app. If a part fails to start, it and those already started are stopped again before the error
 * goes on, as an AggregateError of what failed to stop if something did. A part that fails to stop does not keep the
 * others from stopping; the first such error is thrown at the end.
 */
export function createApp(parts: readonly Part[]): App {
  let started: Part[] = [];
  const stopStarted = async (): Promise<Error[]> => {
    const failures: Error[] = [];
    const stopping = started.toReversed();
    started = [];
    for (const part of stopping) {
      await part
        .stop()
        .catch((error: unknown) => failures.push(new Error(`${part.name} did not stop`, { cause: error })));
    }
    return failures;
  };
  const stop = async (): Promise<void> => {
    const [failure] = await stopStarted();
    if (failure) throw failure;
  };
  const start = async (): Promise<void> => {
    for (const part of parts) {
      started.push(part);
      try {
        await part.start();
      } catch (cause) {
        const failures = await stopStarted();
        const message = `${part.name} did not start`;
        throw failures.length > 0
          ? new AggregateError(failures, message, { cause })
          : new Error(message, { cause });
      }
    }
  };
  return { parts, start, stop };
}

/**
 * Runs an app until SIGINT or SIGTERM, then stops it. Sets the exit code: 0 after an orderly stop, 1 if it could not
 * start or stop. A second signal ends the process at once.
 */
export async function runUntilSignal(app: App, logger: Logger): Promise<void> {
  const signal = Promise.withResolvers<string>();
  const onSignal = (name: string): void => {
    process.once('SIGINT', () => process.exit(130));
    process.once('SIGTERM', () => process.exit(143));
    signal.resolve(name);
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    await app.start();
    logger.info('started');
    logger.info({ signal: await signal.promise }, 'stopping');
    await app.stop();
    logger.info('stopped');
  } catch (error) {
    logger.fatal({ err: error }, 'ended by an error');
    process.exitCode = 1;
  }
}

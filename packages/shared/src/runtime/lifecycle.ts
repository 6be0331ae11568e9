import type { Logger } from './logger.ts';

/**
 * A long-lived component of a process. `start` resolves once it works, `stop` once everything it did has ended; both may
 * be called twice, and `stop` before `start`.
 */
export interface Component {
  readonly name: string;
  /**
   * @param signal aborted when the app is stopped before it has started: a start that waits for something ends at once
   */
  start(signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Why it cannot work right now, or null. Read by `/readyz`. */
  problem?(): string | null;
}

/** Start, stop and health report of a component. */
interface ComponentSteps {
  start?: (signal?: AbortSignal) => void | Promise<void>;
  stop?: () => void | Promise<void>;
  problem?: () => string | null;
}

/** A component that has nothing to do at its start, or at its stop, or at both: such as connections that calls open. */
export function component(name: string, { start, stop, problem }: ComponentSteps): Component {
  return {
    name,
    start: async (signal) => start?.(signal),
    stop: async () => stop?.(),
    ...(problem ? { problem } : {}),
  };
}

/** A composed process: its components in the order they start. They stop in reverse. */
export interface App {
  readonly components: readonly Component[];
  /** @throws StoppedWhileStartingError if `stop` is called before it is done */
  start(): Promise<void>;
  /** Ends a start that is not done, then stops what has started. */
  stop(): Promise<void>;
}

/** The app was stopped before it had started; nothing went wrong. */
export class StoppedWhileStartingError extends Error {
  override readonly name = 'StoppedWhileStartingError';
}

/**
 * Joins components into one app. If a component fails to start, it and those already started are stopped again before the
 * error goes on, as an AggregateError of what failed to stop if something did. A component that fails to stop does not keep
 * the others from stopping; the first such error is thrown at the end.
 */
export function createApp(components: readonly Component[]): App {
  let started: Component[] = [];
  let stopping = new AbortController();
  let starting: Promise<void> | undefined;
  const stopStarted = async (): Promise<Error[]> => {
    const failures: Error[] = [];
    const inReverse = started.toReversed();
    started = [];
    for (const part of inReverse) {
      await part
        .stop()
        .catch((error: unknown) => failures.push(new Error(`${part.name} did not stop`, { cause: error })));
    }
    return failures;
  };
  const stop = async (): Promise<void> => {
    stopping.abort(new StoppedWhileStartingError('stopped while starting'));
    // What keeps it from starting is thrown there.
    await starting?.catch(() => undefined);
    const [failure] = await stopStarted();
    if (failure) throw failure;
  };
  const startAll = async ({ signal }: AbortController): Promise<void> => {
    for (const part of components) {
      signal.throwIfAborted();
      started.push(part);
      try {
        await part.start(signal);
      } catch (cause) {
        // `stop` does the rest.
        signal.throwIfAborted();
        const failures = await stopStarted();
        const message = `${part.name} did not start`;
        throw failures.length > 0
          ? new AggregateError(failures, message, { cause })
          : new Error(message, { cause });
      }
    }
    signal.throwIfAborted();
  };
  const start = async (): Promise<void> => {
    stopping = new AbortController();
    starting = startAll(stopping);
    await starting.finally(() => (starting = undefined));
  };
  return { components, start, stop };
}

/**
 * An app that is stopped while it starts may leave an attempt to connect behind, whose end changes nothing. The process
 * does not wait for it, only for its last log lines to be written.
 */
const LAST_LINES_MS = 100;

/**
 * Runs an app until SIGINT or SIGTERM, then stops it. Sets the exit code: 0 after an orderly stop, also of an app that
 * was still starting, 1 if it could not start or stop. A second signal ends the process at once.
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
  const stopped = signal.promise.then(async (name) => {
    logger.info({ signal: name }, 'stopping');
    await app.stop();
  });
  // Awaited below; until then a failure must not count as unhandled.
  stopped.catch(() => undefined);
  try {
    const hasStarted = await startUnlessStopped(app);
    if (hasStarted) logger.info('started');
    await stopped;
    logger.info('stopped');
    if (!hasStarted) setTimeout(() => process.exit(), LAST_LINES_MS).unref();
  } catch (error) {
    logger.fatal({ err: error }, 'ended by an error');
    process.exitCode = 1;
  }
}

async function startUnlessStopped(app: App): Promise<boolean> {
  try {
    await app.start();
    return true;
  } catch (error) {
    if (error instanceof StoppedWhileStartingError) return false;
    throw error;
  }
}

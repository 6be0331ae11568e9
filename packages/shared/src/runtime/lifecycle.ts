import type { Logger } from './logger.ts';

/**
 * A long-lived component of a process. `start` resolves once the component works, and `stop` once all its work has
 * ended. Both may be called twice, and `stop` may be called before `start`.
 */
export interface Component {
  readonly name: string;
  /** @param signal aborted when the app is stopped during its start; a start that waits must then end immediately */
  start(signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Returns why the component cannot work at present, or null. Called for `/readyz`. */
  problem?(): string | null;
}

/** Functions of a component that start it, stop it and report its problem. */
interface ComponentSteps {
  start?: (signal?: AbortSignal) => void | Promise<void>;
  stop?: () => void | Promise<void>;
  problem?: () => string | null;
}

/** Creates a component that may have nothing to do at its start or stop, such as connections opened on demand. */
export function component(name: string, { start, stop, problem }: ComponentSteps): Component {
  return {
    name,
    start: async (signal) => start?.(signal),
    stop: async () => stop?.(),
    ...(problem ? { problem } : {}),
  };
}

/** A composed process: its components in the order in which they start. They stop in reverse order. */
export interface App {
  readonly components: readonly Component[];
  /** @throws StoppedWhileStartingError if `stop` is called while the app is starting */
  start(): Promise<void>;
  /** Aborts an unfinished start, then stops the components that have started or begun to start. */
  stop(): Promise<void>;
}

/** Thrown by `start` if the app is stopped while it is starting; this does not indicate a problem. */
export class StoppedWhileStartingError extends Error {
  override readonly name = 'StoppedWhileStartingError';
}

/**
 * Combines components into one app. If a component fails to start, it and those already started are stopped before the
 * error is thrown; the error is an AggregateError if a component also failed to stop. A component that fails to stop
 * does not prevent the others from stopping, and the first such error is thrown at the end.
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
    // The error of a failed start is ignored here, because `start` throws it.
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
        // If the app is being stopped, `stop` stops the started components.
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
 * Time for writing the last log lines before the process exits. An app that is stopped while it is starting may leave a
 * connection attempt behind; the process exits without waiting for its result, which no longer matters.
 */
const LAST_LINES_MS = 100;
/**
 * Time for which a process may continue to run after its app has stopped, for instance to close connections. If a
 * consumer is stopped while kafkajs restarts it, kafkajs may still complete the restart; without this limit, the
 * process would then never end.
 */
const LEFTOVERS_MS = 2_000;

/**
 * Runs an app until SIGINT or SIGTERM, then stops it. Sets the exit code: 0 after an orderly stop, even if the app was
 * still starting; 1 if the app could not start or stop. A second signal ends the process immediately.
 * @param options.onStarted called once the app has started
 */
export async function runUntilSignal(
  app: App,
  logger: Logger,
  { onStarted = () => Promise.resolve() }: { onStarted?: () => Promise<void> } = {},
): Promise<void> {
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
  // The promise is awaited below; until then, a failure must not count as an unhandled rejection.
  stopped.catch(() => undefined);
  try {
    const hasStarted = await startUnlessStopped(app);
    if (hasStarted) {
      await onStarted();
      logger.info('started');
    }
    await stopped;
    logger.info('stopped');
    if (!hasStarted) setTimeout(() => process.exit(), LAST_LINES_MS).unref();
    else endLeftovers(logger);
  } catch (error) {
    logger.fatal({ err: error }, 'starting or stopping failed; exiting with code 1');
    process.exitCode = 1;
    endLeftovers(logger);
  }
}

/** Ends the process if something still keeps it running after `LEFTOVERS_MS`. The timer does not keep it running. */
function endLeftovers(logger: Logger): void {
  setTimeout(() => {
    logger.warn(
      { open: process.getActiveResourcesInfo() },
      'something keeps this process running although the app was stopped; exiting',
    );
    setTimeout(() => process.exit(), LAST_LINES_MS);
  }, LEFTOVERS_MS).unref();
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

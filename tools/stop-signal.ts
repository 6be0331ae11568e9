/** Error of a command that a signal stopped early; `exitCode` is the code that a shell expects after that signal. */
export class StoppedBySignal extends Error {
  override readonly name = 'StoppedBySignal';
  readonly exitCode: number;

  constructor(signal: keyof typeof EXIT_CODES) {
    super(`stopped by ${signal}`);
    this.exitCode = EXIT_CODES[signal];
  }
}

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Returns an AbortSignal that is aborted, with a StoppedBySignal as its reason, when this process receives SIGHUP,
 * SIGINT or SIGTERM. Later signals have no effect, because the terminal and npm both send a signal after Ctrl-C, and
 * the second signal must not interrupt the stop.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) {
    process.on(signal, () => stop.abort(new StoppedBySignal(signal)));
  }
  return stop.signal;
}

const HOLD_MS = 60_000;

/** Keeps the process running; resolves when the signal is aborted. */
export async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const hold = setInterval(() => undefined, HOLD_MS);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  clearInterval(hold);
}

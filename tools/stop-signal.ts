/** Why a command stops early; `exitCode` is what a shell expects after that signal. */
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
 * Aborted, with a StoppedBySignal as its reason, when this process is asked to end. Later requests change nothing: a
 * Ctrl-C comes both from the terminal and from npm, and stopping must not be cut short by the second one.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) {
    process.on(signal, () => stop.abort(new StoppedBySignal(signal)));
  }
  return stop.signal;
}

const HOLD_MS = 60_000;

/** Resolves when the signal is aborted; until then the process stays up. */
export async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const hold = setInterval(() => undefined, HOLD_MS);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  clearInterval(hold);
}

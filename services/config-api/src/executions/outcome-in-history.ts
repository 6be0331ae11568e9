import { setTimeout as delay } from 'node:timers/promises';

/**
 * Wait after the first try, which is immediate. An outcome is in history within a second of its publication, unless
 * log-ingestor is behind.
 */
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 2_000;

/**
 * Looks up the outcome of a repeated request until history contains it. The outcome may have been published before the
 * repeat began to listen for it, and may not be in history yet.
 * @returns null if `signal` is aborted
 */
export async function outcomeInHistory<T>(
  lookUp: () => Promise<T | null>,
  signal: AbortSignal,
): Promise<T | null> {
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
    const found = await lookUp();
    if (found !== null) return found;
    await delay(waitMs, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return null;
}

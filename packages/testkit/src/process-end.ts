/**
 * What a test process keeps for several suites, such as a running system that stories share, and gives back when they are
 * over.
 */
const cleanUps: (() => Promise<void>)[] = [];

/** As long as a hook of a test may take. */
const DEADLINE_MS = 60_000;

/** Has something ended when this test process needs it no longer. */
export function atProcessEnd(cleanUp: () => Promise<void>): void {
  cleanUps.push(cleanUp);
}

/**
 * Ends all that is kept; called by the program of a test process. What comes later may be kept again.
 * @throws the first error of a clean-up, once all were tried; Error if they take longer than 60 s
 */
export async function endShared(): Promise<void> {
  if (cleanUps.length === 0) return;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`what suites share did not end within ${DEADLINE_MS} ms`)),
    DEADLINE_MS,
  );
  const ended = Promise.allSettled(cleanUps.splice(0).map((cleanUp) => cleanUp()));
  for (const end of await Promise.race([ended, late.promise]).finally(() => clearTimeout(timer))) {
    if (end.status === 'rejected') throw end.reason;
  }
}

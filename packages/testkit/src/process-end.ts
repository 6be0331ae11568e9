import { withTimeout } from '@hookline/shared/runtime/with-timeout';

/** Clean-ups of resources that several suites in a test process share, such as the running system of the stories. */
const cleanUps: (() => Promise<void>)[] = [];

/** Time limit in ms, the same as for a test hook. */
const DEADLINE_MS = 60_000;

/** Registers a clean-up that runs at the end of this test process. */
export function atProcessEnd(cleanUp: () => Promise<void>): void {
  cleanUps.push(cleanUp);
}

/**
 * Runs all registered clean-ups; called by the program of a test process. New clean-ups can be registered afterwards.
 * @throws the first error of a clean-up, after all clean-ups have been tried; Error if they take longer than 60 s
 */
export async function endShared(): Promise<void> {
  if (cleanUps.length === 0) return;
  const late = (): never => {
    throw new Error(`the clean-up of shared resources did not end within ${DEADLINE_MS} ms`);
  };
  const ended = Promise.allSettled(cleanUps.splice(0).map((cleanUp) => cleanUp()));
  for (const end of await withTimeout(ended, DEADLINE_MS, late)) {
    if (end.status === 'rejected') throw end.reason;
  }
}

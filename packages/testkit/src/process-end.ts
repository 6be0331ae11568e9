import { withTimeout } from '@hookline/shared/runtime/with-timeout';

/** Clean-ups of resources that several suites in a test process share, such as the running system of the stories. */
const cleanUps: (() => Promise<void>)[] = [];

/** Time limit for all clean-ups together, in ms. */
const DEADLINE_MS = 60_000;

/** Registers a clean-up that the next `endShared` runs, at the latest at the end of this test process. */
export function atProcessEnd(cleanUp: () => Promise<void>): void {
  cleanUps.push(cleanUp);
}

/**
 * Runs all registered clean-ups. The worker program of the test runner calls this function at the end of the process,
 * and before a suite that does not share these resources. New clean-ups can be registered afterwards.
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

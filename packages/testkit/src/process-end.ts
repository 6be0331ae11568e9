/**
 * What a test process keeps for all its suites, such as a running system that stories share, and gives back when the last
 * of them is over.
 */
const cleanUps: (() => Promise<void>)[] = [];

/** Has something ended when this test process has run its last suite. */
export function atProcessEnd(cleanUp: () => Promise<void>): void {
  cleanUps.push(cleanUp);
}

/** Called by the program of a test process, once. All are tried; the first that fails is thrown. */
export async function endProcess(): Promise<void> {
  const ended = await Promise.allSettled(cleanUps.splice(0).map((cleanUp) => cleanUp()));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

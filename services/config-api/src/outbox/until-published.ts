import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 250;

/**
 * Waits until all records are published, and then returns 0. At the deadline (epoch ms), returns the number of records
 * that are not published yet.
 */
export async function untilPublished(
  store: { unpublished(): Promise<number> },
  deadline: number,
): Promise<number> {
  for (;;) {
    const unpublished = await store.unpublished();
    if (unpublished === 0 || Date.now() >= deadline) return unpublished;
    // The progress of the relay is visible only in the table.
    await sleep(POLL_MS);
  }
}

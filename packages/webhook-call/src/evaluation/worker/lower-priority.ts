import { constants, setPriority } from 'node:os';

/**
 * Gives a thread the lowest priority, so that on a machine with few cores it does not take time from the event loop.
 * Only Linux has a priority for each thread.
 */
export function lowerThreadPriority(threadId: number): void {
  try {
    setPriority(threadId, constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may forbid this; the thread then keeps its priority.
  }
}

import { setPriority } from 'node:os';

/**
 * Lowers the priority of a thread of this process, so that it gives way to others on a machine with few cores. Only
 * Linux has a priority for each thread; elsewhere, the whole process gives way.
 * @param threadId id of the thread on Linux; 0 for the calling thread
 * @param priority one of `os.constants.priority`
 */
export function lowerPriority(threadId: number, priority: number): void {
  try {
    setPriority(threadId, priority);
  } catch {
    // A sandbox may forbid this; the thread then keeps its priority.
  }
}

import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Gives this thread the lowest priority, so that on a machine with few cores it does not take time from the event loop. Linux
 * has a priority for each thread; on other systems this does nothing.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(threadId, constants.priority.PRIORITY_LOW);
  } catch {
    // There is no /proc, or a sandbox forbids it: the thread keeps its priority.
  }
}

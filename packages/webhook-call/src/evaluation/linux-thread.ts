import { readFileSync, readlinkSync } from 'node:fs';

const NS_PER_MS = 1e6;

/** Returns the id that Linux has assigned to the calling thread; null on other systems, or if a sandbox hides it. */
export function linuxThreadId(): number | null {
  if (process.platform !== 'linux') return null;
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return null;
  }
}

/**
 * Returns the CPU time of a thread of this process in ms, even if the thread is busy and cannot respond. Returns null
 * if the thread has ended, or if Linux does not count its CPU time.
 * @see proc_pid_schedstat(5): the first number is the time on the CPU in ns
 */
export function cpuMsOfLinuxThread(threadId: number): number | null {
  try {
    const [onCpu = ''] = readFileSync(`/proc/self/task/${threadId}/schedstat`, 'utf8').split(' ');
    return Number(onCpu) / NS_PER_MS || null;
  } catch {
    return null;
  }
}

import { describe, expect, it } from '@jest/globals';
import { cpuMsOfLinuxThread, linuxThreadId } from './linux-thread.ts';

const NO_THREAD = 2 ** 31 - 1;

describe('cpuMsOfLinuxThread', () => {
  it('counts the CPU time of a thread', () => {
    const id = linuxThreadId();
    if (id === null) throw new Error('this test needs Linux: the id of this thread is unknown');
    const before = cpuMsOfLinuxThread(id) ?? NaN;
    const begun = process.threadCpuUsage();
    const usedMs = (): number => {
      const { user, system } = process.threadCpuUsage(begun);
      return (user + system) / 1_000;
    };
    while (usedMs() < 50) JSON.parse('{}');
    // Linux updates the figure at each tick, at least 100 times a second.
    expect((cpuMsOfLinuxThread(id) ?? NaN) - before).toBeGreaterThan(30);
  });

  it('returns null if there is no thread with the id', () => {
    expect(cpuMsOfLinuxThread(NO_THREAD)).toBeNull();
  });
});

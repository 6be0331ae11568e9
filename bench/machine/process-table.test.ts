import { describe, expect, it } from '@jest/globals';
import { cpuMsOf, processEntry, readProcesses, rssMiBOf, treeOf } from './process-table.ts';

const status =
  'Name:\tnode\nVmRSS:\t  9999 kB\nRssAnon:\t  2048 kB\nRssFile:\t  1024 kB\nRssShmem:\t     0 kB\n';

it('processEntry reads the CPU time of a process and its exited children, whatever its name contains', () => {
  const stat = '42 (a) b (c) S 7 42 42 0 -1 4194304 1 2 3 4 100 20 3 1 20 0 1 0 5 6 7';
  expect(processEntry(42, { stat, status, cmdline: 'node\0main.js\0' })).toEqual({
    pid: 42,
    parent: 7,
    cpuTicks: 124,
    anonymousKiB: 2_048,
    sharedKiB: 1_024,
    commandLine: 'node main.js',
  });
});

it('the sum of a process tree counts all CPU time and private memory, and the largest shared memory once', () => {
  const entry = { cpuTicks: 10, anonymousKiB: 1_024, sharedKiB: 2_048, commandLine: '' };
  const processes = [
    { ...entry, pid: 3, parent: 2, sharedKiB: 4_096 },
    { ...entry, pid: 1, parent: 0 },
    { ...entry, pid: 2, parent: 1 },
    { ...entry, pid: 9, parent: 8 },
  ];
  const tree = treeOf(processes, 1);
  expect(tree.map(({ pid }) => pid)).toEqual([1, 2, 3]);
  expect(cpuMsOf(tree)).toBe(300);
  expect(rssMiBOf(tree)).toBe(7);
  expect(treeOf(processes, 77)).toEqual([]);
});

(process.platform === 'linux' ? describe : describe.skip)('/proc', () => {
  it('lists this process', async () => {
    const own = treeOf(await readProcesses(), process.pid);
    expect(own[0]).toMatchObject({ pid: process.pid, parent: process.ppid });
    expect(cpuMsOf(own)).toBeGreaterThan(0);
    expect(rssMiBOf(own)).toBeGreaterThan(0);
  });
});

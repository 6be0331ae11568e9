import { setTimeout as sleep } from 'node:timers/promises';
import type { ByProcess } from '../figures/row.ts';
import { cpuMsOf, readProcesses, rssMiBOf, treeOf } from './process-table.ts';

const SAMPLE_MS = 1_000;
const QUIET_POLL_MS = 500;
/** Share of a core, in percent, below which a process counts as idle. */
const QUIET_PERCENT = 5;
const QUIET_DEADLINE_MS = 10_000;

/** A process whose usage is reported separately, including the usage of its descendants. */
export interface WatchedProcess {
  name: string;
  pid: number;
}

/** CPU and memory that processes used during a measurement. */
export interface ProcessUsage {
  ms: number;
  cpuMs: ByProcess;
  /** Peak value, sampled every second. */
  maxRssMiB: ByProcess;
}

interface Reading {
  cpuMs: ByProcess;
  rssMiB: ByProcess;
}

export async function readUsage(watched: readonly WatchedProcess[]): Promise<Reading> {
  const processes = await readProcesses();
  const trees = watched.map(({ name, pid }) => ({ name, tree: treeOf(processes, pid) }));
  return {
    cpuMs: Object.fromEntries(trees.map(({ name, tree }) => [name, cpuMsOf(tree)])),
    rssMiB: Object.fromEntries(trees.map(({ name, tree }) => [name, rssMiBOf(tree)])),
  };
}

/**
 * Watches processes while `work` runs and then, for up to 10 s, until those in `settle` are idle (history is written
 * after the outcome).
 */
export async function watchUsage<T>(
  watched: readonly WatchedProcess[],
  { work, settle = [] }: { work: () => Promise<T>; settle?: readonly WatchedProcess[] },
): Promise<{ result: T; usage: ProcessUsage }> {
  const startedAt = performance.now();
  const before = await readUsage(watched);
  const maxRssMiB = { ...before.rssMiB };
  const over = new AbortController();
  const sampling = sampleRss(watched, maxRssMiB, over.signal);
  try {
    const result = await work();
    if (settle.length > 0) await untilQuiet(settle);
    const after = await readUsage(watched);
    const cpuMs = Object.fromEntries(
      watched.map(({ name }) => [name, (after.cpuMs[name] ?? 0) - (before.cpuMs[name] ?? 0)]),
    );
    return { result, usage: { ms: performance.now() - startedAt, cpuMs, maxRssMiB } };
  } finally {
    over.abort();
    await sampling;
  }
}

async function sampleRss(
  watched: readonly WatchedProcess[],
  maxRssMiB: ByProcess,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const { rssMiB } = await readUsage(watched);
    for (const [name, value] of Object.entries(rssMiB)) {
      maxRssMiB[name] = Math.max(maxRssMiB[name] ?? 0, value);
    }
    await sleep(SAMPLE_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

async function untilQuiet(processes: readonly WatchedProcess[]): Promise<void> {
  const deadline = performance.now() + QUIET_DEADLINE_MS;
  let before = await readUsage(processes);
  while (performance.now() < deadline) {
    await sleep(QUIET_POLL_MS);
    const now = await readUsage(processes);
    const isQuiet = processes.every(({ name }) => {
      const usedMs = (now.cpuMs[name] ?? 0) - (before.cpuMs[name] ?? 0);
      return (usedMs * 100) / QUIET_POLL_MS < QUIET_PERCENT;
    });
    if (isQuiet) return;
    before = now;
  }
}

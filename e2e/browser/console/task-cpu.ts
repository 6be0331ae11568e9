import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Start and length, µs. */
  ts: number;
  dur?: number;
  /** CPU time of the thread, µs. */
  tdur?: number;
  args?: { name?: string; type?: string };
}

/** Trace categories that contain the tasks of a thread and the names of threads. */
const CATEGORIES = ['disabled-by-default-devtools.timeline', 'devtools.timeline', '__metadata'];

export interface TaskCpu {
  cpuMs: number;
  /** Whether V8 started this task to finish a garbage collection; false for a collection within a task of the page. */
  isCollection: boolean;
}

/**
 * Returns the CPU time of each task of the page's main thread while `work` runs, in ms, longest first. Unlike a
 * duration, CPU time does not include the time in which other processes used the CPU.
 */
export async function taskCpuOf(browser: Browser, page: Page, work: () => Promise<void>): Promise<TaskCpu[]> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as { traceEvents: TraceEvent[] };
  const mainThreads = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const events = traceEvents.filter(
    ({ ph, pid, tid }) =>
      ph === 'X' && mainThreads.some((thread) => thread.pid === pid && thread.tid === tid),
  );
  const collections = events.filter(
    ({ name, args }) => name === 'MajorGC' && args?.type?.endsWith('via task'),
  );
  const isCollection = ({ ts, dur = 0 }: TraceEvent): boolean =>
    collections.some((collection) => collection.ts >= ts && collection.ts < ts + dur);
  return events
    .filter(({ name }) => name === 'RunTask')
    .map((event) => ({ cpuMs: (event.tdur ?? Number.NaN) / 1_000, isCollection: isCollection(event) }))
    .toSorted((a, b) => b.cpuMs - a.cpuMs);
}

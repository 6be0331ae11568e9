import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** CPU time of the thread, µs. */
  tdur?: number;
  args?: { name?: string };
}

/** Trace categories that contain the tasks of a thread and the names of threads. */
const CATEGORIES = ['disabled-by-default-devtools.timeline', 'devtools.timeline', '__metadata'];

/**
 * Returns the CPU time of each task of the page's main thread while `work` runs, in ms, longest first. Unlike a
 * duration, CPU time does not include the time in which other processes used the CPU.
 */
export async function taskCpuOf(browser: Browser, page: Page, work: () => Promise<void>): Promise<number[]> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as { traceEvents: TraceEvent[] };
  const mainThreads = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const isMain = ({ pid, tid }: TraceEvent): boolean =>
    mainThreads.some((thread) => thread.pid === pid && thread.tid === tid);
  return traceEvents
    .filter((event) => event.ph === 'X' && event.name === 'RunTask' && isMain(event))
    .map(({ tdur = Number.NaN }) => tdur / 1_000)
    .toSorted((a, b) => b - a);
}

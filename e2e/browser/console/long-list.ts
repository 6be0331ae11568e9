import type { ConsoleSite } from './console-site.ts';
import { taskCpuOf } from './task-cpu.ts';
import type { Visitor } from './visitor.ts';

/** Scrolling is smooth if no task of the page takes more CPU time than this. */
export const MAX_TASK_MS = 50;
/** Number of executions that the console requests at a time. */
const PAGE = 100;

interface Scrolled {
  /** CPU time of the longest task. */
  longestTaskMs: number;
  /** CPU time of the longest task that the page started; excludes tasks in which V8 finishes a garbage collection. */
  longestOwnTaskMs: number;
  /** Maximum number of rows in the document. */
  mostRows: number;
  /** Number of pages that the console requested. */
  pages: number;
}

/** Scrolls the list of seeded executions (seed-executions.ts) from the newest to execution `upTo`. */
export async function scrollLongList(
  { browser }: ConsoleSite,
  visitor: Visitor,
  { upTo }: { upTo: number },
): Promise<Scrolled> {
  const { page } = visitor;
  const rows = page.getByRole('row').filter({ has: page.getByRole('cell') });
  const list = page.getByRole('region', { name: 'Executions, newest first' });
  const pages = new Set<string>();
  page.on('response', (response) => {
    if (response.ok() && response.url().includes('/api/v1/webhook-executions?')) pages.add(response.url());
  });
  let mostRows = 0;
  const scrollTo = async (target: number): Promise<void> => {
    const row = rows.filter({ hasText: runOf(target) });
    for (let found = false; !found; found = (await row.count()) > 0) {
      await list.evaluate((element) => element.scrollBy(0, element.clientHeight / 2));
      mostRows = Math.max(mostRows, await rows.count());
    }
  };
  const scroll = async (): Promise<void> => {
    await rows.filter({ hasText: runOf(1) }).waitFor();
    // Stops before the end of each page, so that the next page is loaded before the list reaches its end.
    for (let target = PAGE - 5; target < upTo; target += PAGE) await scrollTo(target);
    await scrollTo(upTo);
  };
  let longestTaskMs = Number.POSITIVE_INFINITY;
  let longestOwnTaskMs = Number.POSITIVE_INFINITY;
  // CPU time depends a little on what else the machine does, so one round of three within the bound is enough.
  for (let round = 0; round < 3 && longestTaskMs >= MAX_TASK_MS; round++) {
    pages.clear();
    await visitor.open('/executions');
    const tasks = await taskCpuOf(browser, page, scroll);
    longestTaskMs = tasks[0]?.cpuMs ?? Number.NaN;
    longestOwnTaskMs = tasks.find(({ isCollection }) => !isCollection)?.cpuMs ?? Number.NaN;
  }
  process.stderr.write(
    `scrolled the list to execution ${upTo}: longest task ${longestTaskMs.toFixed(1)} ms of CPU time, longest task of the page itself ${longestOwnTaskMs.toFixed(1)} ms, at most ${mostRows} rows in the document\n`,
  );
  return { longestTaskMs, longestOwnTaskMs, mostRows, pages: pages.size };
}

/** Returns the run id of the `n`-th newest seeded execution, as the list shows it. */
function runOf(n: number): string {
  return `run_${String(n).padStart(5, '0')}`;
}

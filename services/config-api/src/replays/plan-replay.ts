import type { HistoryFilter } from '../executions/history-query.ts';
import type { PageCursor } from '../http/page.ts';
import type { SelectedOrigin } from './origin.ts';
import type { Origins } from './pg-origins.ts';
import type { JobPlan } from './replay-job.ts';

/** Limits for counting, so that a plan is ready within seconds however many executions a filter selects. */
const MAX_COUNTED = 10_000;
const MAX_COUNT_MS = 2_000;
const COUNTED_AT_ONCE = 1_000;
const SAMPLE = 10;

/** Counts the executions that a filter selects, up to these limits, and keeps the first executions as a sample. */
export async function planReplay(
  { origins, now }: { origins: Pick<Origins, 'select'>; now: () => number },
  filter: HistoryFilter,
): Promise<Pick<JobPlan, 'plannedCount' | 'plannedExactly' | 'sample'>> {
  const endsAt = now() + MAX_COUNT_MS;
  const sample: SelectedOrigin[] = [];
  let plannedCount = 0;
  let from: PageCursor | null = null;
  do {
    const { rows, next } = await origins.select(filter, from, COUNTED_AT_ONCE);
    sample.push(...rows.slice(0, SAMPLE - sample.length));
    plannedCount += rows.length;
    from = next;
  } while (from && plannedCount < MAX_COUNTED && now() < endsAt);
  return { plannedCount, plannedExactly: from === null, sample };
}

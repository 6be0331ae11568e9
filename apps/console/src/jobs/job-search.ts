import type { components } from '@hookline/client/schema';
import { accountInPath } from '../session/account-path.ts';
import { type ExecutionSearch, filterOf, readExecutionSearch } from '../executions/execution-search.ts';

export type ReplayJob = components['schemas']['ReplayJob'];
type JobFilter = ReplayJob['filter'];

/**
 * Filter of a new job, as query parameters of the page's address. It has the same fields as the filter of the list of
 * executions.
 */
export type NewJobSearch = ReturnType<typeof filterOf>;

export function readNewJobSearch(raw: Record<string, unknown>): NewJobSearch {
  return filterOf(readExecutionSearch(raw));
}

/**
 * Reads the filter of a link to a list of executions.
 * @returns null if the link is not to such a list, or if it names another account
 */
export function filterOfLink(link: string, accountId: string | null): NewJobSearch | null {
  const url = URL.parse(link.trim());
  if (!url?.pathname.endsWith('/executions')) return null;
  const inLink = accountInPath(url.pathname);
  if (inLink !== null && inLink !== accountId) return null;
  const query: Record<string, unknown> = {};
  for (const [name, value] of url.searchParams) query[name] = unquoted(value);
  return readNewJobSearch(query);
}

/** Removes the quotes that the router puts around texts that look like a number or JSON. */
function unquoted(value: string): string {
  if (!/^".*"$/.test(value)) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

/**
 * Converts the filter of a job to a filter of the list of executions; drops the parts for which the list has no field.
 */
export function searchOfJob(filter: JobFilter): ExecutionSearch {
  return readNewJobSearch({ ...filter });
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Returns the parts of a filter that are set, as text. */
export function partsOf(filter: Readonly<Record<string, unknown>>): [name: string, value: string][] {
  return Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, written(value)]],
  );
}

/** Progress of a job: the number of items that are done, which never exceeds the total. */
interface Done {
  share: number;
  done: number;
  total: number;
}

/** Returns the progress of a job. */
export function doneOf({
  state,
  progress,
  planned,
  max,
}: Pick<ReplayJob, 'state' | 'progress' | 'planned' | 'max'>): Done {
  const { total, replayed, skipped, failed } = progress;
  const done = replayed + skipped + failed;
  // The total grows while the job selects its items, so the planned number is the better estimate until the job is
  // complete.
  const expected = state === 'completed' ? 0 : Math.min(planned.count, max);
  const all = Math.max(total, done, expected);
  return { done, total: all, share: all === 0 ? 0 : done / all };
}

export type JobAction = 'start' | 'pause' | 'resume' | 'abort';

const ACTIONS: Record<ReplayJob['state'], readonly JobAction[]> = {
  planned: ['start', 'abort'],
  running: ['pause', 'abort'],
  paused: ['resume', 'abort'],
  aborting: [],
  aborted: [],
  completed: [],
};

/** Returns the actions that a job in this state permits. */
export function actionsOf(state: ReplayJob['state']): readonly JobAction[] {
  return ACTIONS[state];
}

/** Returns whether the state of the job will change without a further action. */
export function isMoving({ state }: Pick<ReplayJob, 'state'>): boolean {
  return state === 'running' || state === 'aborting';
}

export const ITEM_STATES = ['pending', 'replayed', 'skipped', 'failed'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/** Filter of a job's items, as query parameters of the page's address. */
interface JobSearch {
  items?: ItemState;
}

export function readJobSearch(raw: Record<string, unknown>): JobSearch {
  const items = ITEM_STATES.find((state) => state === raw['items']);
  return items ? { items } : {};
}

import { idempotent } from '@hookline/client';
import type { components } from '@hookline/client/schema';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { type PagedList, usePagedList } from '../lists/paged-list.ts';
import { useSignedIn } from '../session/session-context.ts';
import { isMoving, type ItemState, type JobAction, type NewJobSearch, type ReplayJob } from './job-search.ts';

type JobList = components['schemas']['ReplayJobList'];
type ItemList = components['schemas']['ReplayItemList'];

const MOVING_EVERY_MS = 1_000;
const LIST_EVERY_MS = 5_000;

export function useJobs(): PagedList<JobList> {
  const { api, accountId, named } = useSignedIn();
  return usePagedList(
    ['jobs', accountId],
    async (page, signal) => {
      const params = { query: { ...named, ...page } };
      const { data } = await api.GET('/api/v1/replay-jobs', { params, signal });
      return data;
    },
    { refetchInterval: LIST_EVERY_MS },
  );
}

const pace = (job: ReplayJob | undefined): number => (job && isMoving(job) ? MOVING_EVERY_MS : LIST_EVERY_MS);

/** Reads a job repeatedly: every second while it is in progress, otherwise less often. */
export function useJob(id: string): UseQueryResult<ReplayJob> {
  const { api, accountId, named } = useSignedIn();
  return useQuery<ReplayJob>({
    queryKey: ['job', accountId, id],
    refetchInterval: (query) => pace(query.state.data),
    queryFn: async ({ signal }) => {
      const params = { path: { id }, query: named };
      const { data } = await api.GET('/api/v1/replay-jobs/{id}', { params, signal });
      return data;
    },
  });
}

/** Reads the items of a job, and reads them again every few seconds while the job is in progress. */
export function useJobItems(job: ReplayJob, state: ItemState | undefined): PagedList<ItemList> {
  const { api, accountId, named } = useSignedIn();
  const { id } = job;
  return usePagedList(
    // The key changes when the job stops, so that the list is read once more.
    ['job-items', accountId, id, state, isMoving(job)],
    async (page, signal) => {
      const params = { path: { id }, query: { ...named, ...page, ...(state && { state }) } };
      const { data } = await api.GET('/api/v1/replay-jobs/{id}/items', { params, signal });
      return data;
    },
    isMoving(job) ? { refetchInterval: LIST_EVERY_MS } : {},
  );
}

interface NewJob {
  filter: NewJobSearch;
  definition: ReplayJob['definition'];
  rate_per_second: number;
}

/**
 * Returns a function that plans a job. Planning counts the executions that match the filter, but does not replay them.
 */
export function usePlanJob(): (job: NewJob, once: ReturnType<typeof idempotent>) => Promise<ReplayJob> {
  const { api, named } = useSignedIn();
  return async ({ filter, ...rest }, once) => {
    // The values of the filter come from the address of a page and are checked only by the API.
    const body = { ...rest, filter: filter as ReplayJob['filter'] };
    const { data } = await api.POST('/api/v1/replay-jobs', {
      params: { query: named, ...once },
      body,
    });
    return data;
  };
}

/** Returns a function that starts, pauses, resumes or aborts a job. */
export function useJobAction(id: string): (action: JobAction) => Promise<void> {
  const { api, accountId, named } = useSignedIn();
  const client = useQueryClient();
  return async (action) => {
    const request = { params: { path: { id }, query: named, ...idempotent() } };
    const { data } = await {
      start: () => api.POST('/api/v1/replay-jobs/{id}/start', request),
      pause: () => api.POST('/api/v1/replay-jobs/{id}/pause', request),
      resume: () => api.POST('/api/v1/replay-jobs/{id}/resume', request),
      abort: () => api.POST('/api/v1/replay-jobs/{id}/abort', request),
    }[action]();
    client.setQueryData(['job', accountId, id], data);
    await client.invalidateQueries({ queryKey: ['job-items', accountId, id] });
  };
}

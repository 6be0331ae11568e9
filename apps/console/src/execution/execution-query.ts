import { HooklineError } from '@hookline/client/hookline-error';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { isRepeated } from '../api/is-worth-repeating.ts';
import { useSignedIn } from '../session/session-context.ts';
import { type ExecutionDetail, isUnfinished } from './execution.ts';

/** An execution, both parsed and as the text from the API, because JavaScript rounds long numbers. */
export interface LoadedExecution {
  detail: ExecutionDetail;
  json: string;
}

/** Interval at which an execution is read again until it has completed. */
const EVERY_MS = 4_000;
/** Maximum number of repeated reads of a new execution, which appears in the history after a short delay. */
const MAX_LOOKS = 30;
const LOOK_EVERY_MS = 1_000;

export const isNotFound = (error: unknown): boolean => error instanceof HooklineError && error.status === 404;

/** @param isNew whether the execution was just requested and may therefore not be in the history yet */
export function useExecution(id: string, isNew: boolean): UseQueryResult<LoadedExecution> {
  const { api, accountId, named } = useSignedIn();
  return useQuery({
    queryKey: ['execution', accountId, id],
    queryFn: async ({ signal }): Promise<LoadedExecution> => {
      const params = { path: { id }, query: named };
      const { data: json } = await api.GET('/api/v1/webhook-executions/{id}', {
        params,
        signal,
        parseAs: 'text',
      });
      return { json, detail: JSON.parse(json) as ExecutionDetail };
    },
    retry: (count, error) => (isNotFound(error) ? isNew && count < MAX_LOOKS : isRepeated(count, error)),
    ...(isNew && { retryDelay: LOOK_EVERY_MS }),
    refetchInterval: ({ state }) => (state.data && isUnfinished(state.data.detail) ? EVERY_MS : false),
  });
}

import { useQuery } from '@tanstack/react-query';
import type { ExecutionDetail } from '../execution/execution.ts';
import { useSignedIn } from '../session/session-context.ts';
import { rawMember } from '../text/pretty-json.ts';

/**
 * The parts of a webhook's newest execution that the form shows. A part is null if it is not stored or is hidden from
 * this key.
 */
export interface LastExecution {
  /** Unparsed JSON, so that no number is rounded. */
  context: string | null;
  /** Body of the last response. */
  answer: string | null;
}

/**
 * Reads the newest execution of a webhook. Returns null until it has been read, if there is none, and if reading it
 * fails, because the form works without it.
 */
export function useLastExecution(actionId: string | null): LastExecution | null {
  const { api, accountId, named } = useSignedIn();
  const { data } = useQuery({
    queryKey: ['webhook-last-execution', accountId, actionId],
    enabled: actionId !== null,
    staleTime: Infinity,
    retry: false,
    queryFn: async ({ signal }): Promise<LastExecution | null> => {
      const query = { ...named, action_id: actionId ?? '', limit: 1 };
      const { data: list } = await api.GET('/api/v1/webhook-executions', { params: { query }, signal });
      const [first] = list.data;
      if (!first) return null;
      const params = { path: { id: first.execution_id }, query: named };
      const init = { params, signal, parseAs: 'text' } as const;
      const { data: json } = await api.GET('/api/v1/webhook-executions/{id}', init);
      const detail = JSON.parse(json) as ExecutionDetail;
      const isObject = typeof detail.context === 'object' && detail.context !== null;
      return {
        context: isObject ? rawMember(json, 'context') : null,
        answer: detail.attempts.at(-1)?.response?.body ?? null,
      };
    },
  });
  return data ?? null;
}

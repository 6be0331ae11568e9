import type {
  CreateWebhookExecution,
  ExecutionOutcome,
} from '@hookline/shared/contracts/rest/webhook-executions';
import type { ApiCaller } from '../http/caller.ts';
import type { Places } from '../quotas/places.ts';
import type { RequestedExecution, RequestExecution } from './request-execution.ts';

interface RequestAndWaitDeps {
  requestExecution: RequestExecution;
  /** Places for requests that wait for an outcome. */
  places: Pick<Places, 'take'>;
  /** Ends a wait when the key of its caller is revoked. */
  revocations: {
    during<T>(caller: ApiCaller, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  };
}

interface WaitingOrder {
  caller: ApiCaller;
  accountId: string;
  /** Returns the body, which nothing else may keep in memory. Called once. */
  takeInput: () => CreateWebhookExecution;
  idempotencyKey: string | null;
  /** Maximum time that the caller waits for the outcome; 0 for no wait. */
  waitSeconds: number;
  /** Returns a signal that is aborted when the caller closes the connection, which ends the wait. */
  disconnected: () => AbortSignal;
}

interface AnsweredExecution extends Omit<RequestedExecution, 'wait'> {
  /** Whether the request waited for the outcome; false if it did not ask for a wait or there was no place for it. */
  hasWaited: boolean;
  /** Null if the request did not wait, or if the outcome did not arrive in time. */
  outcome: ExecutionOutcome | null;
}

/**
 * Requests one webhook call, and waits for its outcome if the caller wants to and there is a place for the wait.
 * Without a place, the request is accepted all the same, but without a wait (RFC 7240: a preference may be ignored).
 * @throws ProblemError like `RequestExecution`; 401 if the key of the caller is revoked during the wait
 */
export type RequestAndWait = (order: WaitingOrder) => Promise<AnsweredExecution>;

export function createRequestAndWait(deps: RequestAndWaitDeps): RequestAndWait {
  const { requestExecution, places, revocations } = deps;
  // A function of its own, because an async function keeps its variables in memory while it waits, and the parsed body
  // can take 20 times the memory of its text.
  const request = ({ takeInput, accountId, idempotencyKey }: WaitingOrder, listens: boolean) =>
    requestExecution({ accountId, input: takeInput(), idempotencyKey, listens });
  const placeFor = ({ caller, accountId }: WaitingOrder): Disposable | null => {
    const place = places.take(caller, accountId);
    return typeof place === 'string' ? null : place;
  };
  const requestOnly = async (order: WaitingOrder): Promise<AnsweredExecution> => {
    const { executionId, isRepeat } = await request(order, false);
    return { executionId, isRepeat, hasWaited: false, outcome: null };
  };
  const requestAndWait = async (order: WaitingOrder, revoked: AbortSignal): Promise<AnsweredExecution> => {
    // Created before the request is published, so that a disconnect during publishing is not missed.
    const ended = AbortSignal.any([revoked, order.disconnected()]);
    using place = placeFor(order);
    const { executionId, isRepeat, wait } = await request(order, place !== null);
    using waiting = wait;
    const outcome = waiting && (await waiting.outcome(order.waitSeconds * 1_000, ended));
    return { executionId, isRepeat, hasWaited: waiting !== null, outcome };
  };
  return (order) =>
    order.waitSeconds > 0
      ? revocations.during(order.caller, (revoked) => requestAndWait(order, revoked))
      : requestOnly(order);
}

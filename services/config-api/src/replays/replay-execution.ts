import { randomUUID } from 'node:crypto';
import { LIMITS } from '@hookline/shared/contracts/limits';
import type { ReplayedExecution, ReplayExecution } from '@hookline/shared/contracts/rest/replays';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import { contextJson } from '../executions/execution-request.ts';
import { requestRecord, tooLarge, unavailable } from '../executions/request-execution.ts';
import { notFound, ProblemError } from '../http/problem-error.ts';
import { publishWithin } from '../http/publish-within.ts';
import { hasEnded, type Origin } from './origin.ts';
import type { Origins } from './pg-origins.ts';
import type { PrepareReplays } from './prepare-replays.ts';
import { replayRequest } from './replay-request.ts';

interface ReplayExecutionDeps {
  origins: Pick<Origins, 'find'>;
  prepareReplays: PrepareReplays;
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
}

interface ReplayOrder {
  accountId: string;
  executionId: string;
  input: ReplayExecution;
  /** Writes the audit log entry of a replay, before it is requested. */
  record: (replay: ReplayedExecution) => Promise<void>;
}

/**
 * Requests an execution again, as a new execution that names its origin. Resolves once Kafka has acknowledged the
 * request.
 * @throws ProblemError 404; 409 if the execution has not ended or its action is deleted; 413; 422 if its context or its
 * definition is not stored, or if the original definition may not use the stored credential; 503 if Kafka does not
 * acknowledge the request in time
 */
export type ReplayOne = (order: ReplayOrder) => Promise<ReplayedExecution>;

export function createReplayOne(deps: ReplayExecutionDeps, options: { publishMs: number }): ReplayOne {
  return async ({ accountId, executionId: originId, input, record }) => {
    const origin = await deps.origins.find(accountId, originId);
    if (!origin) throw notFound('Webhook execution');
    if (!hasEnded(origin)) throw notEnded(origin);
    const context = contextOf(origin, input);
    const prepared = await (
      await deps.prepareReplays(accountId, [origin], input.definition ?? 'current')
    )(origin);
    if (prepared instanceof ProblemError) throw prepared;
    const executionId = randomUUID();
    const replayed = { execution_id: executionId, replay_of: originId, status: 'pending' } as const;
    await record(replayed);
    const metadata = input.metadata ?? origin.metadata;
    const own = { accountId, executionId, requestedAt: Date.now(), context, metadata };
    const request = requestRecord(replayRequest(origin, { ...own, ...prepared }));
    await publishWithin(options.publishMs, () => deps.publisher.publish(request), {
      late: unavailable,
      tooLarge: replayTooLarge,
    });
    return replayed;
  };
}

function contextOf({ context }: Origin, { context: edited }: ReplayExecution): string {
  if (edited === undefined) {
    if (context === null) throw contextNotStored();
    return context;
  }
  const text = contextJson({ context: edited });
  if (Buffer.byteLength(text) > LIMITS.contextBytes.max) throw tooLarge('context is larger than 1 MiB');
  return text;
}

export function replayTooLarge(): ProblemError {
  return tooLarge(
    'The request, which contains the context and, with definition "original", the definition, is larger than 2 MiB; use definition "current" or a smaller context',
  );
}

export function contextNotStored(): ProblemError {
  return new ProblemError(
    422,
    'context_not_stored',
    'The context of this execution is not stored; send a context in the field context',
  );
}

function notEnded({ status }: Origin): ProblemError {
  return new ProblemError(
    409,
    'execution_not_ended',
    `The execution is ${status}, and its replay could call at the same time; wait for the execution to end, or cancel it`,
  );
}

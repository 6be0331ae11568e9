import { createHash, randomUUID } from 'node:crypto';
import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import { canonicalJson } from '@hookline/shared/contracts/canonical-json';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { LIMITS } from '@hookline/shared/contracts/limits';
import type {
  CreateWebhookExecution,
  ExecutionOutcome,
} from '@hookline/shared/contracts/rest/webhook-executions';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { actionIdOf } from '../actions/action-id.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import { publishWithin } from '../http/publish-within.ts';
import { reusedKey } from '../idempotency/idempotency-problems.ts';
import {
  contextJson,
  executionIdOfKey,
  retryErrors,
  timeErrors,
  webhookRequested,
} from './execution-request.ts';
import { createOutcomeWait, type OutcomeListener, type OutcomeWait } from './outcome-wait.ts';

/** Result of claiming an `Idempotency-Key`: new, already used for this request, or used for another request. */
export type KeyClaim = { kind: 'first' } | { kind: 'repeat'; published: boolean } | { kind: 'conflict' };

export interface RequestHashes {
  /** Hash of the request, which does not depend on the order of its fields. */
  hash: Buffer;
  /** Hash that an earlier release would have stored for this request. It depends on the order of the fields. */
  formerHash: Buffer;
}

export interface RequestExecutionDeps {
  actions: { workflowOf(accountId: string, actionId: string): Promise<string | null> };
  idempotencyKeys: {
    claim(
      key: { accountId: string; key: string },
      request: RequestHashes & { executionId: string },
    ): Promise<KeyClaim>;
    /**
     * Records that Kafka has acknowledged the request, so that a repeat need not publish it again. Postgres is updated
     * later.
     */
    notePublished(key: { accountId: string; key: string }): void;
  };
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  outcomes: {
    /** Listens for an outcome; resolves as soon as it cannot be missed. */
    listen(identity: ExecutionIdentity): Promise<OutcomeListener>;
  };
  history: { outcome(accountId: string, executionId: string): Promise<ExecutionOutcome | null> };
}

interface ExecutionOrder {
  accountId: string;
  input: CreateWebhookExecution;
  idempotencyKey: string | null;
  /** Whether the caller will wait for the outcome. */
  listens: boolean;
}

export interface RequestedExecution {
  executionId: string;
  /** Whether an earlier request with the same Idempotency-Key requested this execution. */
  isRepeat: boolean;
  /** Null if the caller does not listen. */
  wait: OutcomeWait | null;
}

/**
 * Requests one webhook call. Resolves once Kafka has acknowledged the request. Waiting for the outcome is a separate
 * step, so that the body of the request can be released before it.
 * @throws ProblemError 404, 413, 422; 503 if Kafka does not acknowledge the request in time (Kafka may still store it,
 * so the caller should repeat the request with the same key)
 */
export type RequestExecution = (order: ExecutionOrder) => Promise<RequestedExecution>;

export function createRequestExecution(
  deps: RequestExecutionDeps,
  options: { publishMs: number },
): RequestExecution {
  const listen = async (identity: ExecutionIdentity) => {
    const listening = deps.outcomes.listen(identity);
    try {
      return await withTimeout(listening, options.publishMs, () => {
        void listening.then(
          (late) => late[Symbol.dispose](),
          () => undefined,
        );
        throw unavailable();
      });
    } catch (error) {
      throw error instanceof ProblemError ? error : unavailable(error);
    }
  };
  return async ({ accountId, input, idempotencyKey, listens }) => {
    const now = Date.now();
    const context = checkedContext(input, now);
    const workflowId = await deps.actions.workflowOf(accountId, actionIdOf(accountId, input.action_id));
    if (workflowId === null) throw notFound('Webhook action');
    const executionId = idempotencyKey === null ? randomUUID() : executionIdOfKey(accountId, idempotencyKey);
    const key = idempotencyKey === null ? null : { accountId, key: idempotencyKey };
    const claim = key && (await deps.idempotencyKeys.claim(key, { ...requestHashes(input), executionId }));
    if (claim?.kind === 'conflict') throw reusedKey();

    using opening = new DisposableStack();
    const listener = listens ? opening.use(await listen({ accountId, executionId })) : null;
    if (claim?.kind !== 'repeat' || !claim.published) {
      const request = webhookRequested(input, { accountId, executionId, workflowId }, { context, now });
      await publishWithin(options.publishMs, () => deps.publisher.publish(requestRecord(request)), {
        late: unavailable,
        tooLarge: () => tooLarge('The request is larger than 2 MiB'),
      });
      if (key) deps.idempotencyKeys.notePublished(key);
    }
    opening.move();
    const isRepeat = claim?.kind === 'repeat';
    const { history } = deps;
    const wait =
      listener && createOutcomeWait({ history, listener }, { accountId, executionId }, { isRepeat });
    return { executionId, isRepeat, wait };
  };
}

/** @throws ProblemError 413, 422 */
export function checkedContext(input: CreateWebhookExecution, now: number): string {
  const context = contextJson(input);
  if (Buffer.byteLength(context) > LIMITS.contextBytes.max) throw tooLarge('context is larger than 1 MiB');
  const errors = [...timeErrors(input, now), ...retryErrors(input)];
  if (errors.length > 0) throw invalidFields(errors);
  return context;
}

export function requestRecord(request: WebhookRequested): OutgoingRecord {
  const { accountId } = request;
  return {
    topic: TOPICS.requested,
    accountId,
    key: accountId,
    value: encodeEvent('WebhookRequested', request),
  };
}

/** Hashes a request, to distinguish a repeat from another request with the same key. */
export function requestHashes(input: CreateWebhookExecution): RequestHashes {
  const canonical = canonicalJson({ ...input, action_id: canonicalId(input.action_id) });
  const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
  return { hash: sha256(canonical), formerHash: sha256(stringifyJson(input)) };
}

export function tooLarge(detail: string): ProblemError {
  return new ProblemError(413, 'payload_too_large', detail);
}

export function unavailable(cause?: unknown): ProblemError {
  const detail =
    'The request was not confirmed in time. Send it again with the same Idempotency-Key, so that it is carried out only once; without a key, it may be carried out twice';
  return new ProblemError(503, 'unavailable', detail, { headers: { 'retry-after': '5' }, cause });
}

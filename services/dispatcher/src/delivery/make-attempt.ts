import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { Caller } from '@hookline/webhook-call/call/caller';
import type { CallResult } from '@hookline/webhook-call/call/call-result';
import type { Credential } from '@hookline/webhook-call/credentials/credential';
import { applyMapping } from '@hookline/webhook-call/mapping/apply-mapping';
import { classify, type Outcome } from '@hookline/webhook-call/outcome/classify';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import { nextAttempt, retryPolicyOf } from '@hookline/webhook-call/outcome/retry-policy';
import { attemptResponse, completedResponse } from '@hookline/webhook-call/outcome/stored-response';
import { attemptRequest } from '@hookline/webhook-call/request/attempt-request';
import type { Compilation } from '@hookline/webhook-call/request/compile-definition';
import {
  prepareRequest,
  type PreparedRequest,
  type RefusedRequest,
} from '@hookline/webhook-call/request/prepare-request';
import type { Work } from '../intake/work.ts';
import type { Slot } from '../queue/call-slots.ts';
import type { Answer, AttemptMade, Verdict } from './verdict.ts';

/** One attempt, from rendering to verdict. Frees the slot at the last body byte. */
export type MakeAttempt = (work: Work, definition: WebhookDefinition, slot: Slot) => Promise<Verdict>;

export interface MakeAttemptDeps {
  caller: Caller;
  /** The compiled form of a definition version. */
  compiled: (definition: WebhookDefinition) => Compilation;
  /** Opens the credential for this call; null for auth type none; a text if it cannot be opened. */
  openCredential: (definition: WebhookDefinition) => Credential | null | { problem: string };
  /** The execution was cancelled: a call that runs may succeed, but is not repeated. */
  isCancelled: (execution: ExecutionIdentity) => boolean;
  now: () => number;
  random: () => number;
}

export interface MakeAttemptOptions {
  /** First retry wait. */
  baseWaitMs: number;
}

type Tried = { request: PreparedRequest; result: CallResult } | { request: null; result: RefusedRequest };

export function createMakeAttempt(deps: MakeAttemptDeps, options: MakeAttemptOptions): MakeAttempt {
  const prepare = (work: Work, definition: WebhookDefinition): PreparedRequest | RefusedRequest => {
    const credential = deps.openCredential(definition);
    if (credential !== null && 'problem' in credential) {
      return { kind: 'refused', errorType: 'render_error', detail: `auth_config: ${credential.problem}` };
    }
    const { executionId } = work.request;
    const input = { context: work.context, executionId, attempt: work.attempt, credential };
    return prepareRequest(deps.compiled(definition), input);
  };

  const tryOnce = async (work: Work, definition: WebhookDefinition, startedAt: number): Promise<Tried> => {
    const request = prepare(work, definition);
    if (request.kind === 'refused') return { request: null, result: request };
    // A call never runs past the end of the execution's life.
    const timeoutMs = Math.max(1, Math.min(definition.timeoutMs, work.expiresAt - startedAt));
    const result = await deps.caller.call(request, { timeoutMs, sslVerify: definition.sslVerify });
    return { request, result };
  };

  return async (work, definition, slot) => {
    const startedAt = deps.now();
    const tried = await tryOnce(work, definition, startedAt);
    slot.release();
    const endedAt = deps.now();
    const outcome = classify(tried.result, endedAt);
    const attempt = attemptMade(work, definition, { tried, outcome, startedAt, slot });
    const answer = (): Answer | null => answerOf(tried, outcome, deps.compiled(definition));
    if (outcome.status !== 'success' && deps.isCancelled(work.request)) {
      return {
        kind: 'completed',
        status: 'cancelled',
        failure: failureOf('cancelled'),
        attempt,
        answer: answer(),
      };
    }
    const next = nextAttempt({
      attempt: work.attempt,
      outcome,
      policy: retryPolicyOf(definition, work.request.retryPolicy, options.baseWaitMs),
      now: endedAt,
      random: deps.random(),
      baseWaitMs: options.baseWaitMs,
    });
    if (next.kind === 'retry') return { kind: 'retry', attempt, dueAt: next.dueAt };
    return { kind: 'completed', status: outcome.status, failure: attempt.failure, attempt, answer: answer() };
  };
}

function attemptMade(
  work: Work,
  { version, storeBodies }: WebhookDefinition,
  { tried, outcome, startedAt, slot }: { tried: Tried; outcome: Outcome; startedAt: number; slot: Slot },
): AttemptMade {
  const { request, result } = tried;
  const response =
    request && result.kind === 'response' ? attemptResponse(result, request.secrets, { storeBodies }) : null;
  return {
    definitionVersion: version,
    status: outcome.status,
    failure:
      outcome.status === 'success'
        ? null
        : { errorType: outcome.errorType, errorMessage: outcome.errorMessage },
    request: request && attemptRequest(request, { storeBodies }),
    response,
    startedAt,
    durationMs: result.kind === 'refused' ? 0 : result.durationMs,
    queuedMs: startedAt - work.receivedAt,
    queuePosition: slot.queuePosition,
  };
}

/** The last answer with what was picked from it; only a success is mapped. */
function answerOf({ request, result }: Tried, outcome: Outcome, compilation: Compilation): Answer | null {
  if (!request || result.kind !== 'response') return null;
  const stored = completedResponse(result, request.secrets);
  const mapped =
    outcome.status === 'success' && compilation.kind === 'compiled'
      ? applyMapping(compilation.mapping, result, request.secrets)
      : { fields: {}, errors: {} };
  return {
    status: result.status,
    headers: stored.responseHeaders,
    body: stored.responseBody,
    truncated: stored.responseTruncated,
    mappedFields: mapped.fields,
    mappingErrors: mapped.errors,
  };
}

import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import { type JudgedAttempt, judgeAttempt, mapAnswer } from '@hookline/webhook-call/attempt/judge-attempt';
import { type Tried, tryOnce } from '@hookline/webhook-call/attempt/try-once';
import type { AccessTokens } from '@hookline/webhook-call/authentication/access-tokens';
import type { Caller } from '@hookline/webhook-call/call/caller';
import type { Outcome } from '@hookline/webhook-call/outcome/classify';
import { failureOf, type ErrorType } from '@hookline/webhook-call/outcome/error-catalogue';
import { nextAttempt, retryPolicyOf } from '@hookline/webhook-call/outcome/retry-policy';
import { completedResponse } from '@hookline/webhook-call/outcome/stored-response';
import type { Compilation } from '@hookline/webhook-call/request/compile-definition';
import type { CallSecrets, RefusedRequest } from '@hookline/webhook-call/request/prepare-request';
import type { Work } from '../intake/work.ts';
import type { Answer, AttemptMade, Verdict } from './verdict.ts';

/** The right to make one call. */
export interface Turn {
  /** Place in the endpoint's queue at arrival; null where it did not wait. */
  queuePosition: number | null;
  /** To be told when the call has ended: whoever is next may start. Null for a success. */
  end(errorType: ErrorType | null): void;
}

/** One attempt, from rendering to verdict. Ends the turn when the last body byte is there. */
export type MakeAttempt = (work: Work, definition: WebhookDefinition, turn: Turn) => Promise<Verdict>;

export interface MakeAttemptDeps {
  caller: Caller;
  tokens: Pick<AccessTokens, 'of'>;
  /** The compiled form of a definition version. */
  compiled: (definition: WebhookDefinition) => Compilation;
  /** Opens the secrets of a definition for the time of `use`. */
  withSecrets: <T>(
    definition: WebhookDefinition,
    startedAt: number,
    use: (secrets: CallSecrets) => T | Promise<T>,
  ) => Promise<T | RefusedRequest>;
  /** The execution was cancelled: a call that runs may succeed, but is not repeated. */
  isCancelled: (execution: ExecutionIdentity) => boolean;
  now: () => number;
  random: () => number;
}

export interface MakeAttemptOptions {
  /** First retry wait. */
  baseWaitMs: number;
}

export function createMakeAttempt(deps: MakeAttemptDeps, options: MakeAttemptOptions): MakeAttempt {
  const tryWork = (work: Work, definition: WebhookDefinition, startedAt: number): Promise<Tried> =>
    tryOnce(deps.caller, {
      compilation: deps.compiled(definition),
      tokens: deps.tokens,
      withSecrets: (use) => deps.withSecrets(definition, startedAt, use),
      context: work.context,
      executionId: work.request.executionId,
      attempt: work.attempt,
      accountId: definition.accountId,
      // A call never runs past the end of the execution's life.
      timeoutMs: Math.max(1, Math.min(definition.timeoutMs, work.expiresAt - startedAt)),
      sslVerify: definition.sslVerify,
    });

  return async (work, definition, turn) => {
    const startedAt = deps.now();
    faultPoint('call.before-send');
    const tried = await tryWork(work, definition, startedAt);
    const endedAt = deps.now();
    const judged = judgeAttempt(tried, endedAt, { storeBodies: definition.storeBodies });
    const { outcome, failure } = judged;
    turn.end(failure?.errorType ?? null);
    const attempt = attemptMade(work, definition.version, { judged, startedAt, turn });
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
  definitionVersion: number,
  { judged, startedAt, turn }: { judged: JudgedAttempt; startedAt: number; turn: Turn },
): AttemptMade {
  const { outcome, failure, request, response, durationMs } = judged;
  return {
    definitionVersion,
    status: outcome.status,
    failure,
    request,
    response,
    startedAt,
    durationMs,
    queuedMs: startedAt - work.receivedAt,
    queuePosition: turn.queuePosition,
  };
}

/** The last answer with what was picked from it. */
function answerOf(tried: Tried, outcome: Outcome, compilation: Compilation): Answer | null {
  const { request, result } = tried;
  if (!request || result.kind !== 'response') return null;
  const stored = completedResponse(result, request.secrets);
  const mapped = mapAnswer(tried, outcome, compilation);
  return {
    status: result.status,
    headers: stored.responseHeaders,
    body: stored.responseBody,
    truncated: stored.responseTruncated,
    mappedFields: mapped.fields,
    mappingErrors: mapped.errors,
  };
}

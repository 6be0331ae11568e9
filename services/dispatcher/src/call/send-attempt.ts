import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import {
  type Exchange,
  type ExchangeInput,
  exchangeOnce,
} from '@hookline/webhook-call/attempt/exchange-once';
import type { Caller } from '@hookline/webhook-call/call/caller';
import type { Compilation } from '@hookline/webhook-call/request/compile-definition';
import type { OpenedSecrets } from '@hookline/webhook-call/request/open-secrets';
import type { RefusedRequest } from '@hookline/webhook-call/outcome/classify';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';

export interface SendAttemptDeps {
  caller: Pick<Caller, 'call'>;
  /** Source of access tokens. */
  tokens: ExchangeInput['tokens'];
  /** Returns the compiled form of a definition version. */
  compiled: (definition: WebhookDefinition) => Compilation;
  /**
   * Opens the secrets of a definition for an attempt that starts at `startedAt`, or returns the reason that they cannot
   * be opened.
   */
  openSecrets: (definition: WebhookDefinition, startedAt: number) => Promise<OpenedSecrets | RefusedRequest>;
  now: () => number;
}

/** An attempt that was made, and its result. */
interface SentAttempt {
  definition: WebhookDefinition;
  compilation: Compilation;
  exchange: Exchange;
  startedAt: number;
  /** Time at which the last body byte arrived. */
  endedAt: number;
}

/** Renders the request and calls; resolves at the last body byte. A failed call is a result, not a rejection. */
export type SendAttempt = (
  attempt: PendingAttempt,
  definition: WebhookDefinition,
  context: unknown,
) => Promise<SentAttempt>;

export function createSendAttempt(deps: SendAttemptDeps): SendAttempt {
  const { caller, tokens, compiled, openSecrets, now } = deps;
  return async (attempt, definition, context) => {
    const startedAt = now();
    faultPoint('call.before-send');
    const compilation = compiled(definition);
    const exchange = await exchangeOnce(caller, {
      compilation,
      tokens,
      openSecrets: () => openSecrets(definition, startedAt),
      context,
      executionId: attempt.request.executionId,
      attempt: attempt.attempt,
      accountId: definition.accountId,
      // A call never runs past the end of the execution's life.
      timeoutMs: Math.max(1, Math.min(definition.timeoutMs, attempt.expiresAt - startedAt)),
      sslVerify: definition.sslVerify,
      choices: definition,
    });
    return { definition, compilation, exchange, startedAt, endedAt: now() };
  };
}

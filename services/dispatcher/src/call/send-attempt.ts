import { SealError } from '@hookline/credentials/seal-error';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import {
  type Exchange,
  type ExchangeInput,
  exchangeOnce,
} from '@hookline/webhook-call/attempt/exchange-once';
import type { Caller } from '@hookline/webhook-call/call/caller';
import type { OpenedSecrets, OpeningAttempt } from '@hookline/webhook-call/request/open-secrets';
import type { RefusedRequest } from '@hookline/webhook-call/outcome/classify';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';

export interface SendAttemptDeps {
  caller: Pick<Caller, 'call'>;
  /** Source of access tokens. */
  tokens: ExchangeInput['tokens'];
  /**
   * Opens the secrets of a definition for an attempt, or returns the reason why they can never be opened.
   * @throws SealError if opening them may succeed later
   */
  openSecrets: (
    definition: WebhookDefinition,
    attempt: OpeningAttempt,
  ) => Promise<OpenedSecrets | RefusedRequest>;
  now: () => number;
}

/** An attempt that was made, and its result. */
interface SentAttempt {
  kind: 'sent';
  definition: WebhookDefinition;
  exchange: Exchange;
  startedAt: number;
  /** Time at which the last body byte arrived or the call failed. */
  endedAt: number;
}

/** An attempt that was not sent, because a secret cannot be opened now; a later try may succeed. */
interface UnopenedAttempt {
  kind: 'unopened';
}

/**
 * Finishes the rendered request and makes the call; resolves at the last body byte. A failed call is a result, not a
 * rejection.
 */
export type SendAttempt = (
  attempt: PendingAttempt,
  definition: WebhookDefinition,
  rendering: ExchangeInput['rendering'],
) => Promise<SentAttempt | UnopenedAttempt>;

export function createSendAttempt(deps: SendAttemptDeps): SendAttempt {
  const { caller, tokens, openSecrets, now } = deps;
  return async (attempt, definition, rendering) => {
    const startedAt = now();
    faultPoint('call.before-send');
    const origin = rendering.kind === 'rendered' ? rendering.origin : null;
    const exchange = await unlessUnopened(caller, {
      rendering,
      tokens,
      openSecrets: () => openSecrets(definition, { startedAt, origin }),
      executionId: attempt.request.executionId,
      attempt: attempt.attempt,
      accountId: definition.accountId,
      // A call never runs past the expiry of its execution.
      timeoutMs: Math.max(1, Math.min(definition.timeoutMs, attempt.expiresAt - startedAt)),
      sslVerify: definition.sslVerify,
      choices: definition,
    });
    if (!exchange) return { kind: 'unopened' };
    return { kind: 'sent', definition, exchange, startedAt, endedAt: now() };
  };
}

/**
 * @returns null if a secret cannot be opened now but a later try may succeed; `openSecrets` has reported the failure
 */
async function unlessUnopened(
  caller: SendAttemptDeps['caller'],
  input: ExchangeInput,
): Promise<Exchange | null> {
  try {
    return await exchangeOnce(caller, input);
  } catch (error) {
    if (error instanceof SealError && error.mayPass) return null;
    throw error;
  }
}

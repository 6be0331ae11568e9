import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { EndpointPause } from '@hookline/shared/contracts/rest/webhook-endpoints';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import { endpointNameOf } from '@hookline/template/endpoint-name';
import type { StoredSettings } from '../accounts/account-settings.ts';
import { settingsRecord } from '../accounts/settings-record.ts';
import type { AuditEntry } from '../audit/record-audit.ts';
import type { ApiCaller } from '../http/caller.ts';
import { invalidFields, ProblemError } from '../http/problem-error.ts';
import { publishWithin } from '../http/publish-within.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { type AccountPauses, pauseOf } from './account-pauses.ts';

interface EndpointActionsDeps {
  store: {
    change(
      accountId: string,
      change: (
        current: AccountPauses,
        settings: StoredSettings,
      ) => { byAccount: readonly string[]; record: OutboxRecord; audit: AuditEntry } | null,
    ): Promise<AccountPauses>;
    recordAudit(entry: AuditEntry): Promise<void>;
  };
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  now: () => number;
}

/** An action on an endpoint of an account. */
export interface EndpointOrder {
  caller: ApiCaller;
  accountId: string;
  /** Name of the endpoint, in any spelling. */
  endpoint: string;
}

/** Actions of a customer on its endpoints (ADR 38). */
export interface EndpointActions {
  /**
   * Pauses an endpoint, so that its calls wait.
   * @throws ProblemError 409 if the account has paused the maximum number of endpoints, 422 if the name is not an
   * endpoint
   */
  pause(order: EndpointOrder): Promise<EndpointPause>;
  /**
   * Resumes an endpoint.
   * @throws ProblemError 409 if only the operator has paused the endpoint, 422 if the name is not an endpoint
   */
  resume(order: EndpointOrder): Promise<EndpointPause>;
  /**
   * Requests that the circuit breaker of an endpoint be closed; resolves with the name of the endpoint once Kafka has
   * the command.
   * @throws ProblemError 413 if the name is too long for a command, 422 if it is not an endpoint, 503 if Kafka does not
   * acknowledge the command in time
   */
  reset(order: EndpointOrder): Promise<string>;
}

/**
 * Maximum number of endpoints that an account may pause. They are limited, because one record lists all of them,
 * together with the endpoints that the operator paused.
 */
const MAX_PAUSED = 200;
/** Age after which a reset is ignored, because the state of the endpoint may have changed since. */
const RESET_LIFE_MS = 60_000;

export function createEndpointActions(
  { store, publisher, now }: EndpointActionsDeps,
  { publishMs }: { publishMs: number },
): EndpointActions {
  const change = async (
    { caller, accountId }: EndpointOrder,
    { endpoint, action }: { endpoint: string; action: 'webhook_endpoint.pause' | 'webhook_endpoint.resume' },
    next: (current: AccountPauses) => readonly string[],
  ): Promise<EndpointPause> => {
    const pauses = await store.change(accountId, (current, settings) => {
      const byAccount = next(current);
      if (byAccount.length === current.byAccount.length) return null;
      const before = pauseOf(endpoint, current);
      const after = pauseOf(endpoint, { ...current, byAccount });
      const record = settingsRecord({ ...settings, updatedAt: now() }, byAccount);
      return { byAccount, record, audit: { caller, accountId, action, target: endpoint, before, after } };
    });
    return pauseOf(endpoint, pauses);
  };

  return {
    pause: async (order) => {
      const endpoint = nameOf(order.endpoint);
      return change(order, { endpoint, action: 'webhook_endpoint.pause' }, ({ byAccount }) => {
        if (byAccount.includes(endpoint)) return byAccount;
        if (byAccount.length >= MAX_PAUSED) throw tooMany();
        return [...byAccount, endpoint];
      });
    },
    resume: async (order) => {
      const endpoint = nameOf(order.endpoint);
      return change(order, { endpoint, action: 'webhook_endpoint.resume' }, ({ byAccount, byOperator }) => {
        if (!byAccount.includes(endpoint) && byOperator.includes(endpoint)) throw operatorPaused();
        return byAccount.filter((name) => name !== endpoint);
      });
    },
    reset: async ({ caller, accountId, endpoint: text }) => {
      const endpoint = nameOf(text);
      await store.recordAudit({
        caller,
        accountId,
        action: 'webhook_endpoint.reset_circuit',
        target: endpoint,
      });
      const record = resetRecord(accountId, endpoint, now());
      await publishWithin(publishMs, () => publisher.publish(record), {
        late: unavailable,
        tooLarge: tooLong,
      });
      return endpoint;
    },
  };
}

/** @throws ProblemError 422 if the text is not an endpoint */
function nameOf(text: string): string {
  const name = /[?#]/.test(text) ? null : endpointNameOf(text);
  if (name === null) {
    const message =
      'must be an endpoint: http or https, host, port and path of a URL template, without the query';
    throw invalidFields([{ field: 'endpoint', message }]);
  }
  return name;
}

function resetRecord(accountId: string, endpoint: string, now: number): OutgoingRecord {
  const value = encodeEvent('ExecutionCommand', {
    accountId,
    executionId: '',
    kind: 'reset_circuit',
    reason: null,
    issuedAt: now,
    expiresAt: now + RESET_LIFE_MS,
    execution: null,
    endpoint,
  });
  return { topic: TOPICS.commands, accountId, key: accountId, value };
}

function tooMany(): ProblemError {
  return new ProblemError(
    409,
    'conflict',
    `The account has paused ${MAX_PAUSED} endpoints, which is the maximum; resume an endpoint, or pause the webhooks instead`,
  );
}

function operatorPaused(): ProblemError {
  return new ProblemError(
    409,
    'conflict',
    'The operator of this service paused the endpoint, and only the operator can resume it; contact the operator',
  );
}

function unavailable(cause?: unknown): ProblemError {
  const detail = 'The reset was not confirmed in time; send it again in a few seconds';
  return new ProblemError(503, 'unavailable', detail, { headers: { 'retry-after': '5' }, cause });
}

function tooLong(): ProblemError {
  const detail = 'The name of the endpoint is too long to be published; shorten the path of the URL';
  return new ProblemError(413, 'payload_too_large', detail);
}

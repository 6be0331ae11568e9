import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createEndpointActions, type EndpointActions } from './endpoints/endpoint-actions.ts';
import { type CancelExecutions, createCancelExecutions } from './executions/cancel/cancel-executions.ts';
import {
  type CancellationQuota,
  type CancellationQuotaOptions,
  createCancellationQuota,
} from './executions/cancel/pg-cancellation-quota.ts';
import { createUnfinished } from './executions/cancel/pg-unfinished.ts';
import { type History } from './executions/pg-history.ts';
import {
  type IdempotencyKeys,
  createIdempotencyKeys,
  PUBLISHED_KEYS,
  withMarksGathered,
} from './executions/pg-idempotency-keys.ts';
import { createRequestExecution, type RequestExecution } from './executions/request-execution.ts';
import { createRequestExecutions, type RequestExecutions } from './executions/request-executions.ts';
import { PUBLISH_TIMEOUT_MS } from './http/publish-within.ts';
import { GatheredWrites } from './persistence/gathered-writes.ts';
import { AccountTurns } from './quotas/account-turns.ts';
import { createReplays } from './replays/pg-replays.ts';
import type { DatabaseSide } from './compose-database.ts';
import type { KafkaSide } from './compose-kafka.ts';

/** Limits for one account: a cancellation by filter is refused while another one runs. */
const CANCELLATIONS = { maxRunning: 1, maxWaiting: 0 };

interface RequestSideDeps extends Pick<DatabaseSide, 'actions' | 'lookups' | 'pool'> {
  kafka: KafkaSide;
  history: History;
  logger: Logger;
}

interface RequestSide extends Omit<ReturnType<typeof createReplays>, 'runner'> {
  idempotencyKeys: IdempotencyKeys;
  requestExecution: RequestExecution;
  requestExecutions: RequestExecutions;
  parts: Component[];
}

/**
 * Builds the use cases that request executions. For a request with an idempotency key, the fact that Kafka has it is
 * written later (ADR 44).
 */
export function createRequestSide({
  actions,
  lookups,
  kafka,
  pool,
  history,
  logger,
}: RequestSideDeps): RequestSide {
  const idempotencyKeys = createIdempotencyKeys({ pool });
  const published = new GatheredWrites<{ accountId: string; key: string }>(
    { write: (keys) => idempotencyKeys.markPublished(keys), logger },
    PUBLISHED_KEYS,
  );
  const options = { publishMs: PUBLISH_TIMEOUT_MS };
  const deps = { ...kafka, idempotencyKeys: withMarksGathered(idempotencyKeys, published) };
  const replayDeps = { pool, lookups, publisher: kafka.publisher, history, logger };
  const { runner, ...replays } = createReplays(replayDeps);
  return {
    idempotencyKeys,
    requestExecution: createRequestExecution({ ...deps, actions, history }, options),
    requestExecutions: createRequestExecutions({ ...deps, actions, lookups }, options),
    ...replays,
    parts: [published, runner],
  };
}

/** Builds the use cases that act on unfinished executions and on endpoints. */
export function createActingSide(
  deps: { database: DatabaseSide; kafka: KafkaSide; history: History },
  { cancellations }: { cancellations: CancellationQuotaOptions },
): {
  cancelExecutions: CancelExecutions;
  endpointActions: EndpointActions;
  cancellationQuota: CancellationQuota;
} {
  const { database, kafka, history } = deps;
  const now = Date.now;
  const options = { publishMs: PUBLISH_TIMEOUT_MS };
  const unfinished = createUnfinished(database);
  const turns = new AccountTurns(CANCELLATIONS);
  const quota = createCancellationQuota(database, cancellations);
  return {
    cancellationQuota: quota,
    cancelExecutions: createCancelExecutions({ ...kafka, history, unfinished, quota, turns, now }, options),
    endpointActions: createEndpointActions({ ...kafka, store: database.pauses, now }, options),
  };
}

import { randomUUID } from 'node:crypto';
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
import { ExecutionStreams, STREAM_TIMES } from './executions/live/execution-streams.ts';
import { createReadChangedRows, READS_FOR_STREAMS } from './executions/live/pg-changed-rows.ts';
import { createExecutionWatches, openExecutionSession } from './executions/live/pg-execution-watches.ts';
import { RENEW_EVERY_MS, WatchedAccounts } from './executions/live/watched-accounts.ts';
import { type History } from './executions/pg-history.ts';
import {
  type IdempotencyKeys,
  createIdempotencyKeys,
  PUBLISHED_KEYS,
  withMarksGathered,
} from './executions/pg-idempotency-keys.ts';
import { createRequestAndWait, type RequestAndWait } from './executions/request-and-wait.ts';
import { createRequestExecution } from './executions/request-execution.ts';
import { createRequestExecutions, type RequestExecutions } from './executions/request-executions.ts';
import { PUBLISH_TIMEOUT_MS } from './http/publish-within.ts';
import { GatheredWrites } from './persistence/gathered-writes.ts';
import { AccountTurns } from './quotas/account-turns.ts';
import type { Places } from './quotas/places.ts';
import { createReplays } from './replays/pg-replays.ts';
import type { Revocations } from './api-keys/revocations.ts';
import type { ApiMetrics } from './api-metrics.ts';
import type { DatabaseSide } from './compose-database.ts';
import type { KafkaSide } from './compose-kafka.ts';

/** Limits for one account. A cancellation by filter is rejected while the account has another in progress. */
const CANCELLATIONS = { maxRunning: 1, maxWaiting: 0 };

interface RequestSideDeps extends Pick<DatabaseSide, 'actions' | 'lookups' | 'pool' | 'turns'> {
  kafka: KafkaSide;
  history: History;
  /** Places of requests that wait for the outcome of their execution. */
  waitPlaces: Places;
  revocations: Revocations;
  logger: Logger;
}

interface RequestSide extends Omit<ReturnType<typeof createReplays>, 'runner'> {
  idempotencyKeys: IdempotencyKeys;
  requestAndWait: RequestAndWait;
  requestExecutions: RequestExecutions;
  parts: Component[];
}

/**
 * Builds the use cases that request executions. For a request with an idempotency key, the mark that records the
 * acknowledgement by Kafka is written later (ADR 44).
 */
export function createRequestSide({
  actions,
  lookups,
  kafka,
  pool,
  turns,
  history,
  waitPlaces,
  revocations,
  logger,
}: RequestSideDeps): RequestSide {
  const idempotencyKeys = createIdempotencyKeys({ pool });
  const published = new GatheredWrites<{ accountId: string; key: string }>(
    { write: (keys) => idempotencyKeys.markPublished(keys), logger },
    PUBLISHED_KEYS,
  );
  const options = { publishMs: PUBLISH_TIMEOUT_MS };
  const deps = { ...kafka, idempotencyKeys: withMarksGathered(idempotencyKeys, published) };
  const replayDeps = { pool, turns, lookups, publisher: kafka.publisher, history, logger };
  const { runner, ...replays } = createReplays(replayDeps);
  const requestExecution = createRequestExecution({ ...deps, actions, history }, options);
  return {
    idempotencyKeys,
    requestAndWait: createRequestAndWait({ requestExecution, places: waitPlaces, revocations }),
    requestExecutions: createRequestExecutions({ ...deps, actions, lookups }, options),
    ...replays,
    parts: [published, runner],
  };
}

export interface StreamSideDeps extends Pick<DatabaseSide, 'pool'> {
  history: History;
  places: Places;
  revocations: Revocations;
  apiMetrics: ApiMetrics;
  logger: Logger;
}

/** Builds the streams of executions (ADR 47). */
export function createStreamSide(
  { pool, history, places, revocations, apiMetrics, logger }: StreamSideDeps,
  { databaseUrl }: { databaseUrl: string },
): { executionStreams: ExecutionStreams; watched: Component } {
  const watches = createExecutionWatches({ pool }, { instanceId: randomUUID() });
  const watched = new WatchedAccounts(
    { watches, openSession: (events) => openExecutionSession({ databaseUrl, ...events }), logger },
    { renewEveryMs: RENEW_EVERY_MS },
  );
  const readRows = createReadChangedRows({ pool, turns: new AccountTurns(READS_FOR_STREAMS) });
  const sent = (event: string): void => apiMetrics.streamEvents.inc({ event });
  const deps = { watched, history, readRows, places, revocations, sent, logger };
  return { executionStreams: new ExecutionStreams(deps, STREAM_TIMES), watched };
}

/** Builds the use cases that cancel executions, and those that pause, resume and reset endpoints. */
export function createActingSide(
  deps: { database: DatabaseSide; kafka: KafkaSide; history: History; logger: Logger },
  { cancellations }: { cancellations: CancellationQuotaOptions },
): {
  cancelExecutions: CancelExecutions;
  endpointActions: EndpointActions;
  cancellationQuota: CancellationQuota;
} {
  const { database, kafka, history, logger } = deps;
  const now = Date.now;
  const options = { publishMs: PUBLISH_TIMEOUT_MS };
  const unfinished = createUnfinished({ ...database, logger });
  const turns = new AccountTurns(CANCELLATIONS);
  const quota = createCancellationQuota(database, cancellations);
  return {
    cancellationQuota: quota,
    cancelExecutions: createCancelExecutions({ ...kafka, history, unfinished, quota, turns, now }, options),
    endpointActions: createEndpointActions({ ...kafka, store: database.pauses, now }, options),
  };
}

import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { DeadLetters } from '@hookline/shared/dead-letters/dead-letters';
import { kafkaDeployment, topicsStep } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { ParallelConsumer } from '@hookline/shared/kafka/consume/parallel/parallel-consumer';
import {
  PARALLEL_DEFAULTS,
  type GainedPartition,
  type ParallelConsumerDeps,
} from '@hookline/shared/kafka/consume/parallel/parallel-options';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { ConfluentSchemas } from '@hookline/shared/kafka/consume/confluent-schemas';
import { createSchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createHealthServer } from '@hookline/shared/runtime/health-server';
import { createApp, type App, component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics, type Metrics } from '@hookline/shared/runtime/metrics';
import { createRedisClient, type RedisClient } from '@hookline/shared/runtime/redis-client';
import { createAccessTokens } from '@hookline/webhook-call/authentication/create-access-tokens';
import { createCaller, USER_AGENT } from '@hookline/webhook-call/call/caller';
import { createEvaluations } from '@hookline/webhook-call/evaluation/pool/create-evaluations';
import { parseKeyring } from '@hookline/credentials/keyring';
import { createDeploymentGuard } from '@hookline/destination-guard/deployment-guard';
import {
  openSecrets,
  type OpeningAttempt,
  secretObstacle,
  type SecretOpening,
} from '@hookline/webhook-call/request/open-secrets';
import type { EndpointStates } from './admission/endpoint-state/endpoint-states.ts';
import { createRedisEndpointStates } from './admission/endpoint-state/redis-endpoint-states.ts';
import type { CallSlots } from './admission/slots/call-slots.ts';
import { CpuDebts } from './admission/slots/cpu-debts.ts';
import { createLoopRest, PROCESS_CLOCK } from './admission/slots/loop-rest.ts';
import type { Backlog } from './backlog/backlog.ts';
import { createCommandView } from './commands/command-view.ts';
import { composeParking } from './compose-parking.ts';
import { composeRecordPath, type RecordPathOptions } from './compose-record-path.ts';
import type { Config } from './config.ts';
import { createDefinitionView, type DefinitionView } from './definitions/definition-view.ts';
import { SecretFailures } from './definitions/secret-failures.ts';
import { createDoneAlready, type DoneAlready } from './idempotency/done-already.ts';
import { createDispatcherMetrics, type DispatcherMetrics } from './metrics.ts';
import type { ParkedAttempts } from './parked/parked-attempts.ts';
import { createRedisStoredBytes } from './quota/redis-stored-bytes.ts';

interface Dispatcher extends App {
  /** Port of health and metrics, once started. */
  port(): number;
}

/** Builds the dispatcher; nothing runs before `start`. */
export async function compose({ logger }: { logger: Logger }, config: Config): Promise<Dispatcher> {
  const metrics = createMetrics('dispatcher');
  const counters = createDispatcherMetrics(metrics);
  const now = Date.now;
  const kafka = composeKafka({ metrics, logger, now }, config);
  const { client, registry } = kafka;
  const definitions = createDefinitionView({ ...kafka, logger }, config.definitions);
  const commands = createCommandView({ ...kafka, logger, now });
  const done = createDoneAlready({ client, registry, logger, now }, config.idempotency);
  const redis = createRedisClient({ logger }, { ...config.redis, prefix: config.topics.prefix });
  const secretFailures = new SecretFailures({ logger, metrics: counters, now });
  const calls = composeCalls({ definitions, secretFailures, metrics, logger }, config);
  const world = { ...kafka, ...calls, definitions, commands, done, metrics, counters, logger, now };
  const parking = composeParking({ ...world, held: () => consumer.heldPartitions() });
  const { slots, backlog, endpointStates, quota, take } = composeRecordPath(
    {
      ...world,
      mayPark: (accountId) => parking.parked.hasRoom(accountId),
      ...redisStores(redis),
      rest: createLoopRest(PROCESS_CLOCK),
      random: Math.random,
    },
    recordPathOptions(config),
  );
  const consumer: ParallelConsumer = composeConsumer(
    {
      client,
      handle: take,
      prepare: prepareWith({ done, definitions, endpointStates }, config.topics),
      note: (partition) => done.verdictOffsets.note(partition),
    },
    config.backlog,
  );
  counters.watch(levelsOf({ slots, backlog, consumer, definitions, ...parking }));
  const topics = topicsStep({ logger }, { ...config, service: 'dispatcher' });
  const health = createHealthServer({ metrics, watched: [topics, consumer] }, config.http);
  // Health starts first, so that a slow start can be watched; definitions are complete before the consumer starts.
  const parts = [
    health,
    topics,
    ...kafka.components,
    definitions,
    commands,
    redis,
    endpointStates,
    quota.keeper,
    // Calls open connections; the lifecycle only closes them.
    component('connections to endpoints', { stop: () => calls.caller.close() }),
    calls.evaluationPool,
    // Stops after the consumer has drained; calls that still wait then must not start.
    component('call slots', { stop: () => slots.close() }),
    ...done.components,
    parking.view,
    consumer,
    parking.release,
    // Stops before the consumer drains, because records in the backlog are left to the next owner of their partitions.
    component('backlog', { stop: () => backlog.close() }),
    // Records that wait for an unreachable schema registry are left to the next owner as well.
    component('schema lookups', { stop: () => kafka.confluent?.stop() }),
  ];
  return { ...createApp(parts), port: () => health.port() };
}

function levelsOf(parts: {
  slots: CallSlots;
  backlog: Backlog;
  consumer: ParallelConsumer;
  definitions: DefinitionView;
  parked: ParkedAttempts;
}): Parameters<DispatcherMetrics['watch']>[0] {
  return {
    inFlight: () => parts.slots.inFlight,
    waiting: () => parts.slots.waiting + parts.backlog.parked,
    unfinished: () => parts.consumer.unfinished(),
    parked: () => parts.parked.size,
    definitions: () => parts.definitions.levels(),
  };
}

function redisStores(redis: RedisClient) {
  return {
    endpointStateStore: createRedisEndpointStates({ redis }),
    storedBytesStore: createRedisStoredBytes({ redis }),
  };
}

/** Builds the parts through which everything else reads and writes Kafka. */
function composeKafka(
  deps: { metrics: Metrics; logger: Logger; now: () => number },
  config: Pick<Config, 'kafka' | 'topics' | 'engines'>,
) {
  const options = { ...kafkaDeployment(config), clientId: 'hookline-dispatcher' };
  const client = createKafkaClient(deps, options);
  const publisher = new Publisher({ client, metrics: deps.metrics });
  const deadLetters = new DeadLetters({ publisher, ...deps });
  const { schemaRegistryUrl: url } = config.engines;
  const confluent = url === '' ? undefined : new ConfluentSchemas(deps, { url });
  const registry = createSchemaRegistry({ client, confluent });
  const components = [publisher, deadLetters, registry];
  return { client, publisher, confluent, registry, deadLetters, components };
}

/** Builds what a call needs: evaluations and their debts, opened secrets, access tokens and connections. */
function composeCalls(
  {
    definitions,
    secretFailures,
    ...deps
  }: { definitions: DefinitionView; secretFailures: SecretFailures; metrics: Metrics; logger: Logger },
  config: Pick<Config, 'destinations' | 'credentials' | 'evaluations'>,
) {
  const { guard, resolver } = createDeploymentGuard(config.destinations);
  const opening: SecretOpening = {
    keyring: parseKeyring(config.credentials.masterKeys),
    findAccountKey: (accountId, dekId) => definitions.accountKey(accountId, dekId),
    destinationOnly: config.credentials.binding === 'destination_only',
    onFailure: (definition, error) => secretFailures.note(definition, error),
  };
  const debts = new CpuDebts();
  const charge = (accountId: string, usedMs: number): void => debts.charge(accountId, usedMs);
  const caller = createCaller({ guard, resolver, charge });
  const { pool: evaluationPool, evaluations } = createEvaluations(
    { ...deps, guard, accounting: debts },
    { ...config.evaluations, userAgent: USER_AGENT },
  );
  return {
    caller,
    tokens: createAccessTokens({ caller }),
    debts,
    evaluationPool,
    evaluations,
    secretFailures,
    secretObstacle: (definition: WebhookDefinition) => secretObstacle(definition, opening),
    openSecrets: (definition: WebhookDefinition, attempt: OpeningAttempt) =>
      openSecrets(definition, attempt, opening),
  };
}

function recordPathOptions(config: Config): RecordPathOptions {
  const { retries, topics, idempotency, slots, quotas, backlog } = config;
  return {
    baseWaitMs: retries.baseWaitMs,
    partitions: topics.partitions,
    windowMs: idempotency.windowMs,
    maxInFlight: slots.perDispatcher,
    defaultLimits: { account: slots.perAccount, endpoint: slots.perEndpoint },
    storedBytesPerDay: quotas.storedBytesPerDay,
    capacity: { records: backlog.maxRecords, bytes: backlog.maxBytes },
    maxOpen: backlog.maxOpen,
  };
}

/** Loads verdicts and endpoint states of gained partitions, before their records are processed. */
function prepareWith(
  deps: { done: DoneAlready; definitions: DefinitionView; endpointStates: EndpointStates },
  { partitions }: Config['topics'],
): (gained: GainedPartition[]) => Promise<void> {
  return async (gained) => {
    const numbers = new Set(gained.map(({ partition }) => partition));
    const accountIds = deps.definitions
      .accountIds()
      .filter((accountId) => numbers.has(accountPartition(accountId, partitions)));
    await Promise.all([deps.done.prepare(gained), deps.endpointStates.restore(accountIds)]);
  };
}

function composeConsumer(deps: ParallelConsumerDeps, backlog: Config['backlog']): ParallelConsumer {
  return new ParallelConsumer(deps, {
    ...PARALLEL_DEFAULTS,
    group: 'dispatcher',
    topics: [TOPICS.requested, TOPICS.due, TOPICS.commands],
    maxUnfinished: backlog.maxRecords,
    maxUnfinishedBytes: backlog.maxBytes,
  });
}

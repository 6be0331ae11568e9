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
import { createPublisher } from '@hookline/shared/kafka/publish/publisher';
import { createSchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createHealthServer } from '@hookline/shared/runtime/health-server';
import { createApp, type App, component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics, type Metrics } from '@hookline/shared/runtime/metrics';
import { createRedisClient } from '@hookline/shared/runtime/redis-client';
import { createAccessTokens } from '@hookline/webhook-call/authentication/create-access-tokens';
import { createCaller, USER_AGENT } from '@hookline/webhook-call/call/caller';
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
import { createLoopRest, PROCESS_CLOCK } from './admission/slots/loop-rest.ts';
import { createCommandView } from './commands/command-view.ts';
import { composeRecordPath, type RecordPathOptions } from './compose-record-path.ts';
import type { Config } from './config.ts';
import { createCompiledDefinitions } from './definitions/compiled-definitions.ts';
import { createDefinitionView, type DefinitionView } from './definitions/definition-view.ts';
import { SecretFailures } from './definitions/secret-failures.ts';
import { createDoneAlready, type DoneAlready } from './idempotency/done-already.ts';
import { createDispatcherMetrics } from './metrics.ts';

interface Dispatcher extends App {
  /** Port of health and metrics, once started. */
  port(): number;
}

/** Builds the dispatcher; nothing runs before `start`. */
export async function compose(config: Config, { logger }: { logger: Logger }): Promise<Dispatcher> {
  const metrics = createMetrics('dispatcher');
  const counters = createDispatcherMetrics(metrics);
  const now = Date.now;
  const kafka = composeKafka(config, { metrics, logger, now });
  const { client, publisher, registry, deadLetters } = kafka;
  const definitions = createDefinitionView(
    { ...kafka, logger },
    { cacheBytes: config.HOOKLINE_DEFINITION_CACHE_BYTES },
  );
  const commands = createCommandView({ ...kafka, now });
  const windowMs = config.HOOKLINE_IDEMPOTENCY_WINDOW_MS;
  const done = createDoneAlready({ client, registry, logger, now }, { windowMs });
  const redis = createRedisClient({ logger }, { ...config, prefix: config.HOOKLINE_TOPIC_PREFIX });
  const secretFailures = new SecretFailures({ logger, metrics: counters, now });
  const calls = composeCalls(config, { definitions, secretFailures });
  const world = { ...kafka, ...calls, definitions, commands, done, metrics, counters, logger, now };
  const { slots, backlog, endpointStates, take } = composeRecordPath(
    {
      ...world,
      endpointStateStore: createRedisEndpointStates({ redis }),
      rest: createLoopRest(PROCESS_CLOCK),
      random: Math.random,
    },
    recordPathOptions(config),
  );
  const consumer = composeConsumer(config, {
    client,
    handle: take,
    prepare: prepareWith(config, { done, definitions, endpointStates }),
    note: (partition) => done.verdictOffsets.note(partition),
  });
  counters.watch({
    inFlight: () => slots.inFlight,
    waiting: () => slots.waiting + backlog.parked,
    inHand: () => consumer.unfinished(),
    definitions: () => definitions.levels(),
  });
  const topics = topicsStep(config, { service: 'dispatcher', logger });
  const { HOST: host, PORT: port } = config;
  const health = createHealthServer({ metrics, watched: [topics, consumer] }, { host, port });
  // Health first, so that a start that takes long can be seen; definitions are complete before work is taken.
  const parts = [
    health,
    topics,
    publisher,
    deadLetters,
    registry,
    definitions,
    commands,
    redis,
    endpointStates,
    // Connections are opened by calls; only their end is a matter of the lifecycle.
    component('connections to endpoints', { stop: () => calls.caller.close() }),
    // After the consumer has drained, nothing that still waits may start a call.
    component('call slots', { stop: () => slots.close() }),
    ...done.parts,
    consumer,
    // Stops before the consumer drains: what is parked need not be finished by this process.
    component('backlog', { stop: () => backlog.close() }),
  ];
  return { ...createApp(parts), port: () => health.port() };
}

/** What everything here reads and writes Kafka with. */
function composeKafka(config: Config, deps: { metrics: Metrics; logger: Logger; now: () => number }) {
  const options = { ...kafkaDeployment(config), clientId: 'hookline-dispatcher' };
  const client = createKafkaClient(deps, options);
  const publisher = createPublisher({ client, metrics: deps.metrics });
  const deadLetters = new DeadLetters({ publisher, ...deps });
  return { client, publisher, registry: createSchemaRegistry({ client }), deadLetters };
}

/** What calls are made with. */
function composeCalls(config: Config, deps: { definitions: DefinitionView; secretFailures: SecretFailures }) {
  const { definitions, secretFailures } = deps;
  const { guard, resolver } = createDeploymentGuard(config);
  const opening: SecretOpening = {
    keyring: parseKeyring(config.HOOKLINE_MASTER_KEYS),
    findAccountKey: (accountId, dekId) => definitions.accountKey(accountId, dekId),
    destinationOnly: config.HOOKLINE_CREDENTIAL_BINDING === 'destination_only',
    onFailure: (definition, error) => secretFailures.note(definition, error),
  };
  const compiled = createCompiledDefinitions({ guard, userAgent: USER_AGENT });
  const caller = createCaller({ guard, resolver });
  return {
    caller,
    tokens: createAccessTokens({ caller }),
    compiled,
    secretFailures,
    secretObstacle: (definition: WebhookDefinition) => secretObstacle(definition, opening),
    openSecrets: (definition: WebhookDefinition, attempt: OpeningAttempt) =>
      openSecrets(definition, attempt, opening),
  };
}

function recordPathOptions(config: Config): RecordPathOptions {
  return {
    baseWaitMs: config.HOOKLINE_BASE_WAIT_MS,
    partitions: config.HOOKLINE_PARTITIONS,
    windowMs: config.HOOKLINE_IDEMPOTENCY_WINDOW_MS,
    maxInFlight: config.HOOKLINE_MAX_IN_FLIGHT,
    defaultLimits: {
      account: config.HOOKLINE_ACCOUNT_MAX_IN_FLIGHT,
      endpoint: config.HOOKLINE_ENDPOINT_MAX_IN_FLIGHT,
    },
    capacity: { records: config.HOOKLINE_MAX_UNFINISHED, bytes: config.HOOKLINE_MAX_UNFINISHED_BYTES },
    maxOpen: config.HOOKLINE_MAX_OPEN,
  };
}

/** What has to be known of partitions before their records are taken. */
function prepareWith(
  { HOOKLINE_PARTITIONS: partitions }: Config,
  parts: { done: DoneAlready; definitions: DefinitionView; endpointStates: EndpointStates },
): (gained: GainedPartition[]) => Promise<void> {
  return async (gained) => {
    const numbers = new Set(gained.map(({ partition }) => partition));
    const accountIds = parts.definitions
      .accountIds()
      .filter((accountId) => numbers.has(accountPartition(accountId, partitions)));
    await Promise.all([parts.done.prepare(gained), parts.endpointStates.restore(accountIds)]);
  };
}

function composeConsumer(config: Config, deps: ParallelConsumerDeps): ParallelConsumer {
  return new ParallelConsumer(deps, {
    ...PARALLEL_DEFAULTS,
    group: 'dispatcher',
    topics: [TOPICS.requested, TOPICS.due],
    maxUnfinished: config.HOOKLINE_MAX_UNFINISHED,
    maxUnfinishedBytes: config.HOOKLINE_MAX_UNFINISHED_BYTES,
  });
}

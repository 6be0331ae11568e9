import { TOPICS } from '@hookline/shared/contracts/topics';
import { deploymentNames, topicsStep } from '@hookline/shared/kafka/deployment';
import { createKafkaClient } from '@hookline/shared/kafka/kafka-client';
import { createParallelConsumer, type ParallelConsumer } from '@hookline/shared/kafka/parallel-consumer';
import { PARALLEL_DEFAULTS, type ParallelConsumerDeps } from '@hookline/shared/kafka/parallel-options';
import { createPublisher } from '@hookline/shared/kafka/publisher';
import { createSchemaRegistry } from '@hookline/shared/kafka/schema-registry';
import { createHealthServer } from '@hookline/shared/runtime/health-server';
import { createApp, type App, type Part } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { createCaller, type Caller } from '@hookline/webhook-call/call/caller';
import { parseKeyring } from '@hookline/webhook-call/credentials/keyring';
import { parseAllowList } from '@hookline/webhook-call/guard/allow-list';
import {
  createDestinationGuard,
  type DestinationGuard,
} from '@hookline/webhook-call/guard/destination-guard';
import { createResolver, parseDnsServers } from '@hookline/webhook-call/guard/resolver';
import { createCommandView, type CommandView } from './commands/command-view.ts';
import type { Config } from './config.ts';
import { createCompiledDefinitions } from './definitions/compiled-definitions.ts';
import { createDefinitionView, type DefinitionView } from './definitions/definition-view.ts';
import { openCredential } from './definitions/open-credential.ts';
import { createDeliver } from './delivery/deliver.ts';
import { createMakeAttempt } from './delivery/make-attempt.ts';
import { createSettle } from './delivery/settle.ts';
import { ExecutionWindow } from './idempotency/execution-window.ts';
import { createReadBack } from './idempotency/read-back.ts';
import { VerdictEnds } from './idempotency/verdict-ends.ts';
import { createTakeIn } from './intake/take-in.ts';
import { createDispatcherMetrics } from './metrics.ts';
import { CallSlots } from './queue/call-slots.ts';

const USER_AGENT = 'Hookline/1';

export interface Dispatcher extends App {
  /** Port of health and metrics, once started. */
  port(): number;
}

/** Builds the dispatcher; nothing runs before `start`. */
export async function compose(config: Config, { logger }: { logger: Logger }): Promise<Dispatcher> {
  const metrics = createMetrics('dispatcher');
  const counters = createDispatcherMetrics(metrics);
  const client = createKafkaClient(
    { logger },
    { ...deploymentNames(config), clientId: 'hookline-dispatcher' },
  );
  const publisher = createPublisher({ client, metrics });
  const registry = createSchemaRegistry({ client });
  const definitions = createDefinitionView({ client, registry, logger });
  const now = Date.now;
  const commands = createCommandView({ client, registry, publisher, logger, now });
  const slots = new CallSlots(config.HOOKLINE_MAX_IN_FLIGHT);
  const guard = createDestinationGuard(parseAllowList(config.HOOKLINE_ALLOWED_DESTINATIONS.join(',')));
  const caller = createCaller(
    { guard, resolver: createResolver({ servers: parseDnsServers(config.HOOKLINE_DNS_SERVERS.join(',')) }) },
    { maxConnectionsPerOrigin: config.HOOKLINE_MAX_IN_FLIGHT },
  );
  const deliver = composeDelivery(config, { definitions, commands, slots, guard, caller });
  const ends = new VerdictEnds();
  const settle = createSettle({ publisher, ends, metrics: counters, logger, now });
  const window = new ExecutionWindow();
  const takeIn = createTakeIn(
    { registry, publisher, window, deliver, settle, metrics: counters, logger, now },
    { partitions: config.HOOKLINE_PARTITIONS },
  );
  const consumer = composeConsumer(config, {
    client,
    handle: takeIn,
    prepare: createReadBack({ client, registry, window, ends, logger, now }),
    note: (partition) => ends.note(partition),
  });
  counters.watch({
    inFlight: () => slots.inFlight,
    waiting: () => slots.waiting,
    inHand: () => consumer.unfinished(),
  });
  const { HOST: host, PORT: port } = config;
  const health = createHealthServer({ metrics, watched: [consumer] }, { host, port });
  // Health first, so that a start that takes long can be seen; definitions are complete before work is taken.
  const parts = [
    health,
    topicsStep(config, logger),
    publisher,
    registry,
    definitions,
    commands,
    callerPart(caller),
    slotsPart(slots),
    consumer,
  ];
  return { ...createApp(parts), port: () => health.port() };
}

function composeDelivery(
  config: Config,
  parts: {
    definitions: DefinitionView;
    commands: CommandView;
    slots: CallSlots;
    guard: DestinationGuard;
    caller: Caller;
  },
): ReturnType<typeof createDeliver> {
  const { definitions, commands, slots, guard, caller } = parts;
  const keyring = parseKeyring(config.HOOKLINE_MASTER_KEYS);
  const findAccountKey = (accountId: string, dekId: string) => definitions.accountKey(accountId, dekId);
  const baseWaitMs = config.HOOKLINE_BASE_WAIT_MS;
  const makeAttempt = createMakeAttempt(
    {
      caller,
      compiled: createCompiledDefinitions({ guard, userAgent: USER_AGENT }),
      openCredential: (definition) => openCredential(definition, { keyring, findAccountKey }),
      isCancelled: (execution) => commands.isCancelled(execution),
      now: Date.now,
      random: Math.random,
    },
    { baseWaitMs },
  );
  const defaultLimits = {
    account: config.HOOKLINE_ACCOUNT_MAX_IN_FLIGHT,
    endpoint: config.HOOKLINE_ENDPOINT_MAX_IN_FLIGHT,
  };
  return createDeliver(
    { definitions, commands, slots, makeAttempt, now: Date.now },
    { baseWaitMs, defaultLimits },
  );
}

function composeConsumer(config: Config, deps: ParallelConsumerDeps): ParallelConsumer {
  return createParallelConsumer(deps, {
    ...PARALLEL_DEFAULTS,
    group: 'dispatcher',
    topics: [TOPICS.requested, TOPICS.due],
    maxUnfinished: config.HOOKLINE_MAX_UNFINISHED,
  });
}

/** After the consumer has drained, nothing that still waits may start a call. */
function slotsPart(slots: CallSlots): Part {
  return { name: 'call slots', start: () => Promise.resolve(), stop: async () => slots.close() };
}

/** Connections are opened by calls; only their end is a matter of the lifecycle. */
function callerPart(caller: Caller): Part {
  return { name: 'connections to endpoints', start: () => Promise.resolve(), stop: () => caller.close() };
}

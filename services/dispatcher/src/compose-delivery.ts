import type { Part } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Metrics } from '@hookline/shared/runtime/metrics';
import { createRedisClient } from '@hookline/shared/runtime/redis-client';
import { createAccessTokens } from '@hookline/webhook-call/authentication/create-access-tokens';
import { createCaller, type Caller } from '@hookline/webhook-call/call/caller';
import { parseKeyring } from '@hookline/webhook-call/credentials/keyring';
import { createDeploymentGuard } from '@hookline/webhook-call/guard/deployment-guard';
import type { DestinationGuard } from '@hookline/webhook-call/guard/destination-guard';
import { USER_AGENT } from '@hookline/webhook-call/request/user-agent';
import { withSecrets } from '@hookline/webhook-call/request/with-secrets';
import { Backlog } from './backlog/backlog.ts';
import { endpointOfRequest } from './backlog/endpoint-of-request.ts';
import type { CommandView } from './commands/command-view.ts';
import type { Config } from './config.ts';
import { createCompiledDefinitions } from './definitions/compiled-definitions.ts';
import type { DefinitionView } from './definitions/definition-view.ts';
import { createDeliver } from './delivery/deliver.ts';
import { createMakeAttempt, type MakeAttempt } from './delivery/make-attempt.ts';
import { createEndpointStateMetrics } from './endpoint-state/endpoint-state-metrics.ts';
import { createEndpointStates, type EndpointStates } from './endpoint-state/endpoint-states.ts';
import { createRedisEndpointStates } from './endpoint-state/redis-endpoint-states.ts';
import type { LateOutcomes } from './idempotency/late-outcomes.ts';
import type { TakeInDeps } from './intake/take-in.ts';
import { CallSlots } from './queue/call-slots.ts';
import { createLoopRest, PROCESS_CLOCK } from './queue/loop-rest.ts';

/** What decides whether and when a call is made, and makes it. */
export interface Deliveries {
  /** What intake needs of it. */
  intake: Pick<TakeInDeps, 'deliver' | 'backlog' | 'endpointOf'>;
  slots: CallSlots;
  endpointStates: EndpointStates;
  /** In the order in which they start. */
  parts: readonly Part[];
  /** Stops before the consumer drains: what is parked need not be finished by this process. */
  backlogPart: Part;
}

export interface DeliveriesDeps {
  definitions: DefinitionView;
  commands: CommandView;
  lateOutcomes: LateOutcomes;
  metrics: Metrics;
  logger: Logger;
}

export function composeDelivery(config: Config, deps: DeliveriesDeps): Deliveries {
  const { definitions, commands, lateOutcomes } = deps;
  const slots = new CallSlots({
    most: config.HOOKLINE_MAX_IN_FLIGHT,
    now: Date.now,
    rest: createLoopRest(PROCESS_CLOCK),
  });
  const backlog = composeBacklog(config);
  commands.onCancel((execution) => backlog.hurry(execution));
  const redis = createRedisClient(deps, { ...config, prefix: config.HOOKLINE_TOPIC_PREFIX });
  const baseWaitMs = config.HOOKLINE_BASE_WAIT_MS;
  const endpointStates = createEndpointStates(
    {
      store: createRedisEndpointStates({ redis }),
      loadOf: (id) => {
        const { inFlight, waiting } = slots.loadOf(id);
        return { inFlight, waiting: waiting + backlog.parkedOf(id) };
      },
      metrics: createEndpointStateMetrics(deps.metrics),
      logger: deps.logger,
      now: Date.now,
    },
    { baseWaitMs },
  );
  const { guard, resolver } = createDeploymentGuard(config);
  const caller = createCaller({ guard, resolver });
  const makeAttempt = composeAttempt(config, { ...deps, guard, caller });
  const defaultLimits = {
    account: config.HOOKLINE_ACCOUNT_MAX_IN_FLIGHT,
    endpoint: config.HOOKLINE_ENDPOINT_MAX_IN_FLIGHT,
  };
  const deliver = createDeliver(
    { definitions, commands, lateOutcomes, slots, endpointStates, makeAttempt, now: Date.now },
    { baseWaitMs, defaultLimits },
  );
  return {
    intake: {
      deliver,
      backlog,
      endpointOf: (ids) => endpointOfRequest(ids, { definitions }, defaultLimits),
    },
    slots,
    endpointStates,
    backlogPart: { name: 'backlog', start: () => Promise.resolve(), stop: async () => backlog.close() },
    parts: [redis, endpointStates, callerPart(caller), slotsPart(slots)],
  };
}

function composeAttempt(
  config: Config,
  deps: { definitions: DefinitionView; commands: CommandView; guard: DestinationGuard; caller: Caller },
): MakeAttempt {
  const { definitions, commands, guard, caller } = deps;
  const keyring = parseKeyring(config.HOOKLINE_MASTER_KEYS);
  const findAccountKey = (accountId: string, dekId: string) => definitions.accountKey(accountId, dekId);
  return createMakeAttempt(
    {
      caller,
      tokens: createAccessTokens({ caller }),
      compiled: createCompiledDefinitions({ guard, userAgent: USER_AGENT }),
      withSecrets: (definition, startedAt, use) =>
        withSecrets(definition, startedAt, { keyring, findAccountKey }, use),
      isCancelled: (execution) => commands.isCancelled(execution),
      now: Date.now,
      random: Math.random,
    },
    { baseWaitMs: config.HOOKLINE_BASE_WAIT_MS },
  );
}

function composeBacklog(config: Config): Backlog {
  const capacity = { records: config.HOOKLINE_MAX_UNFINISHED, bytes: config.HOOKLINE_MAX_UNFINISHED_BYTES };
  return new Backlog({ now: Date.now }, { capacity, maxOpen: config.HOOKLINE_MAX_OPEN });
}

/** After the consumer has drained, nothing that still waits may start a call. */
function slotsPart(slots: CallSlots): Part {
  return { name: 'call slots', start: () => Promise.resolve(), stop: async () => slots.close() };
}

/** Connections are opened by calls; only their end is a matter of the lifecycle. */
function callerPart(caller: Caller): Part {
  return { name: 'connections to endpoints', start: () => Promise.resolve(), stop: () => caller.close() };
}

import type { SealError } from '@hookline/credentials/seal-error';
import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import type { UnfinishedRecord } from '@hookline/shared/kafka/consume/parallel/unfinished-record';
import type { Publisher } from '@hookline/shared/kafka/publish/publisher';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Metrics } from '@hookline/shared/runtime/metrics';
import { Admissions } from './admission/admissions.ts';
import { createEndpointStateMetrics } from './admission/endpoint-state/endpoint-state-metrics.ts';
import { createEndpointStates, type EndpointStates } from './admission/endpoint-state/endpoint-states.ts';
import type { EndpointStateStore } from './admission/endpoint-state/redis-endpoint-states.ts';
import { CallSlots } from './admission/slots/call-slots.ts';
import type { CpuDebts } from './admission/slots/cpu-debts.ts';
import type { LoopRest } from './admission/slots/loop-rest.ts';
import type { Load } from './backlog/dynamic-threshold.ts';
import { Backlog } from './backlog/backlog.ts';
import { endpointOfRequest } from './backlog/endpoint-of-request.ts';
import { createProcessInTurn } from './backlog/process-in-turn.ts';
import { createReadAnswer, createRender, type EvaluateDeps } from './call/evaluate.ts';
import { createSendAttempt, type SendAttemptDeps } from './call/send-attempt.ts';
import type { CommandView } from './commands/command-view.ts';
import { createObeyCommand } from './commands/obey-command.ts';
import type { DefinitionView } from './definitions/definition-view.ts';
import { Snapshots } from './definitions/snapshots.ts';
import type { SecretFailures } from './definitions/secret-failures.ts';
import type { SlotLimits } from './definitions/slot-limits.ts';
import { createGate } from './gate/gate.ts';
import { Executions } from './idempotency/executions.ts';
import type { ExecutionWindow } from './idempotency/execution-window.ts';
import type { LateOutcomes } from './idempotency/late-outcomes.ts';
import type { Recall } from './idempotency/recall.ts';
import type { VerdictOffsets } from './idempotency/verdict-offsets.ts';
import { createReadRecord } from './intake/read-record.ts';
import type { DispatcherMetrics } from './metrics.ts';
import { processRecord } from './process-record.ts';
import type { StoredBytesStore } from './quota/redis-stored-bytes.ts';
import { StoredBytesQuota } from './quota/stored-bytes-quota.ts';
import { createReroute } from './settle/reroute.ts';
import { createSetAside } from './settle/set-aside.ts';
import { createSettle } from './settle/settle.ts';
import type { Stages } from './stages.ts';

/** Dependencies of the stages that process a record; tests replace some of them. */
interface RecordPathDeps extends Omit<SendAttemptDeps, 'now'> {
  registry: Pick<SchemaRegistry, 'decode'>;
  publisher: Pick<Publisher, 'publish'>;
  deadLetters: { setAside(record: ConsumedRecord, cause: SetAsideCause): Promise<void> };
  definitions: Pick<DefinitionView, 'definition' | 'settings'>;
  secretObstacle: (definition: WebhookDefinition) => SealError | null;
  secretFailures: SecretFailures;
  commands: Pick<CommandView, 'isCancelled' | 'endedBy' | 'note' | 'watch' | 'onCancel'>;
  /** Returns whether there is room for one more parked attempt of an account. */
  mayPark: (accountId: string) => boolean;
  done: {
    window: ExecutionWindow;
    recall: Pick<Recall, 'lookUp'>;
    lateOutcomes: Pick<LateOutcomes, 'has'>;
    verdictOffsets: VerdictOffsets;
  };
  endpointStateStore: EndpointStateStore;
  storedBytesStore: StoredBytesStore;
  evaluations: EvaluateDeps['evaluations'];
  rest: LoopRest;
  debts: CpuDebts;
  metrics: Metrics;
  counters: DispatcherMetrics;
  logger: Logger;
  now: () => number;
  random: () => number;
}

export interface RecordPathOptions {
  /** First retry wait, in ms. */
  baseWaitMs: number;
  /** Number of partitions of the event topics. */
  partitions: number;
  /** Time for which verdicts are remembered, in ms. */
  windowMs: number;
  /** Maximum number of calls in flight in the whole dispatcher. */
  maxInFlight: number;
  /** Limits of accounts without limits of their own. */
  defaultLimits: SlotLimits;
  /** Quota of stored bytes of accounts without a quota of their own. */
  storedBytesPerDay: number;
  /** Load of unfinished records at which the consumer pauses. */
  capacity: Load;
  /** Maximum number of records that are decoded and not finished. */
  maxOpen: number;
}

interface RecordPath {
  /** Called by the consumer with each record. */
  take: (unfinished: UnfinishedRecord) => void;
  slots: CallSlots;
  backlog: Backlog;
  endpointStates: EndpointStates;
  quota: StoredBytesQuota;
}

/** Builds the stages that process a record and puts the backlog in front of them. */
export function composeRecordPath(deps: RecordPathDeps, options: RecordPathOptions): RecordPath {
  const { definitions, counters, commands, now } = deps;
  const slots = new CallSlots({ ...deps, now }, { maxInFlight: options.maxInFlight });
  const backlog = new Backlog({ now }, options);
  commands.onCancel((execution) => backlog.hurry(execution));
  const endpointStates = composeEndpointStates(deps, { slots, backlog, ...options });
  const settingsOf = (accountId: string): AccountSettings | undefined => definitions.settings(accountId);
  const quota = new StoredBytesQuota(
    { ...deps, store: deps.storedBytesStore, settingsOf, metrics: counters },
    options,
  );
  const stages = composeStages(deps, { slots, endpointStates, quota, ...options });
  const takeInTurn = createProcessInTurn({
    backlog,
    endpointOf: (ids) => endpointOfRequest(ids, { definitions }, options.defaultLimits),
    process: (record, arrival, stillAssigned) => processRecord(stages, record, arrival, stillAssigned),
    metrics: counters,
    now,
  });
  const obey = createObeyCommand(
    { ...deps, ...stages, resetCircuit: (id) => endpointStates.reset(id) },
    options,
  );
  return {
    take: (unfinished) => {
      const { record, stillAssigned } = unfinished;
      if (record.topic !== TOPICS.commands) return takeInTurn(unfinished);
      unfinished.endWith(obey(record, stillAssigned));
    },
    slots,
    backlog,
    endpointStates,
    quota,
  };
}

function composeEndpointStates(
  { endpointStateStore: store, metrics, logger, now }: RecordPathDeps,
  { slots, backlog, baseWaitMs }: { slots: CallSlots; backlog: Backlog; baseWaitMs: number },
): EndpointStates {
  const loadOf: Parameters<typeof createEndpointStates>[0]['loadOf'] = (id) => {
    const { inFlight, waiting } = slots.loadOf(id);
    return { inFlight, waiting: waiting + backlog.parkedOf(id) };
  };
  const deps = { store, loadOf, metrics: createEndpointStateMetrics(metrics), logger, now };
  return createEndpointStates(deps, { baseWaitMs });
}

function composeStages(
  deps: RecordPathDeps,
  options: RecordPathOptions & Pick<RecordPath, 'slots' | 'endpointStates' | 'quota'>,
): Stages {
  const { definitions, commands, done, counters, now } = deps;
  const { slots, endpointStates, quota } = options;
  const definitionOf = (actionId: string): WebhookDefinition | undefined => definitions.definition(actionId);
  const isCancelled: Stages['isCancelled'] = (execution) => commands.isCancelled(execution);
  const hasLateOutcome: Stages['isCancelled'] = (execution) => done.lateOutcomes.has(execution);
  const executions = new Executions({ ...done, now }, options);
  const snapshots = new Snapshots({ decode: (bytes) => deps.registry.decode('WebhookDefinition', bytes) });
  const settle = createSettle({ ...deps, ...done, hasLateOutcome, metrics: counters });
  return {
    readRecord: createReadRecord({ ...deps, definitionOf, snapshots }, options),
    executions,
    quota,
    gate: createGate({ ...deps, snapshots, isCancelled, hasLateOutcome }, options),
    admissions: new Admissions(
      {
        slots,
        endpointStates,
        settingsOf: (accountId) => definitions.settings(accountId),
        watchCancel: (execution, onCancel) => commands.watch(execution, onCancel),
      },
      options,
    ),
    render: createRender(deps),
    sendAttempt: createSendAttempt(deps),
    readAnswer: createReadAnswer(deps),
    settle,
    setAside: createSetAside({ ...deps, settle, isUnknown: (attempt) => executions.isUnknown(attempt) }),
    reroute: createReroute({ ...deps, metrics: counters }),
    isCancelled,
    isEndedByCommand: (execution) => commands.endedBy(execution) !== null,
    metrics: counters,
    now,
    times: () => ({ now: now(), baseWaitMs: options.baseWaitMs }),
    random: deps.random,
  };
}

import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type {
  AccountKey,
  AccountSettings,
  AttemptDue,
  ExecutionCommand,
  WebhookDefinition,
  WebhookRequested,
} from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { DeadLetters } from '@hookline/shared/dead-letters/dead-letters';
import { type Ownership, UnfinishedRecord } from '@hookline/shared/kafka/consume/parallel/unfinished-record';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookDefinition, aWebhookRequested, anAccountSettings } from '@hookline/testkit/builders';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { type Keyring, parseKeyring } from '@hookline/credentials/keyring';
import { parseAllowList } from '@hookline/destination-guard/allow-list';
import { createDestinationGuard } from '@hookline/destination-guard/destination-guard';
import { createEvaluations } from '@hookline/webhook-call/evaluation/pool/create-evaluations';
import { openSecrets, secretObstacle, type SecretOpening } from '@hookline/webhook-call/request/open-secrets';
import { NO_TOKENS } from '@hookline/webhook-call/testing/no-tokens';
import { LOOPBACK, startCaller, type TestCaller } from '@hookline/webhook-call/testing/test-caller';
import { CpuDebts } from '../admission/slots/cpu-debts.ts';
import type { CallSlots } from '../admission/slots/call-slots.ts';
import type { Backlog } from '../backlog/backlog.ts';
import type { SendAttemptDeps } from '../call/send-attempt.ts';
import { CancelledExecutions } from '../commands/cancelled-executions.ts';
import { composeRecordPath } from '../compose-record-path.ts';
import { ExecutionWindow } from '../idempotency/execution-window.ts';
import type { Lookup } from '../idempotency/recall.ts';
import { VerdictOffsets } from '../idempotency/verdict-offsets.ts';
import { SecretFailures } from '../definitions/secret-failures.ts';
import { createDispatcherMetrics, type DispatcherMetrics } from '../metrics.ts';
import { HeldPublisher } from './held-publisher.ts';

export const ACCOUNT = 'account_1';
export const ACTION = 'action_1';
/** Time at which the clock starts, and append time of records. */
const STARTED_AT = Date.now();
const WINDOW_MS = 300_000;

interface TestRecordPathOptions {
  /** Maximum number of calls in flight to each endpoint of the account (default 10). */
  maxInFlightPerEndpoint?: number;
  baseWaitMs?: number;
  /** Maximum number of unfinished records (default 100). */
  capacity?: number;
  /** Number of partitions of the event topics (default 1, so that no request is misrouted). */
  partitions?: number;
}

/**
 * The path of a record through a dispatcher, from its bytes to its acknowledged events, with a real endpoint on
 * loopback behind the real guard. There is no Kafka: the test passes records in, acknowledges what is published and
 * decides who owns the partition. The clock moves only when the test moves it.
 */
export interface TestRecordPath extends AsyncDisposable {
  receiver: Receiver;
  publisher: HeldPublisher;
  /** Contains the account's only action, which calls the receiver's `/hook`; tests change it. */
  definitions: Map<string, WebhookDefinition>;
  settings: AccountSettings;
  /** Master keys of the dispatcher and data keys that have arrived; tests change them. */
  keys: { keyring: Keyring; accountKeys: AccountKey[] };
  window: ExecutionWindow;
  verdictOffsets: VerdictOffsets;
  slots: CallSlots;
  backlog: Backlog;
  /** Look-ups requested from Kafka; each awaits `lookUp.answer`. */
  lookedUp: Lookup[];
  lookUp: { answer: Promise<void> };
  /** Executions that other dispatchers ended. */
  endedElsewhere: Set<string>;
  /** Whether there is room for parked attempts; tests change it. */
  room: { mayPark: boolean };
  logs: Record<string, unknown>[];
  /** Returns the time of the clock, epoch ms. */
  now(): number;
  pass(ms: number): void;
  cancel(execution: ExecutionIdentity): void;
  /** Stops the worker pool, as a stopping process does. */
  stopEvaluations(): Promise<void>;
  /** Passes a record in; the partition is owned unless the test specifies otherwise. */
  process(record: ConsumedRecord, stillAssigned?: Ownership): Promise<void>;
  /** Returns the value of a counter with these labels. */
  counted(name: string, labels: Record<string, string>): Promise<number>;
}

/** Waits for `count` turns of the event loop, so that pending work runs until it needs an event from outside. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn();
}

/** Returns the newest version of the account's only action. */
export function definitionOf({ definitions }: Pick<TestRecordPath, 'definitions'>): WebhookDefinition {
  const definition = definitions.get(ACTION);
  if (!definition) throw new Error('the test has removed the action');
  return definition;
}

/** Builds a request of the account for its only action. */
export function aRequest(overrides: Partial<WebhookRequested> = {}): WebhookRequested {
  return aWebhookRequested({
    accountId: ACCOUNT,
    actionId: ACTION,
    requestedAt: STARTED_AT,
    ...overrides,
  });
}

/** Builds a record of webhook.requested or of webhook.due. */
export function recordOf(
  value: WebhookRequested | AttemptDue | Buffer,
  changes: Partial<ConsumedRecord> = {},
): ConsumedRecord {
  const due = !Buffer.isBuffer(value) && 'request' in value;
  const topic: TopicSpec = due ? TOPICS.due : TOPICS.requested;
  const bytes = Buffer.isBuffer(value)
    ? value
    : 'request' in value
      ? encodeEvent('AttemptDue', value)
      : encodeEvent('WebhookRequested', value);
  return {
    topic,
    partition: 0,
    offset: 0,
    key: null,
    value: bytes,
    headers: {},
    appendedAt: STARTED_AT,
    ...changes,
  };
}

/** Decodes immediately, because this build contains the schema of every record here. */
const registry: SchemaRegistry = {
  name: 'registry',
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  decode: async (event, bytes) => decodeEvent(event, bytes),
  decodeNow: decodeEvent,
};

/** A store of endpoint states that keeps nothing. */
const noStore = { claim: async () => [], write: async () => [], prune: async () => undefined };

/** Returns the state that a test reads and changes. */
function stage({ maxInFlightPerEndpoint = 10 }: TestRecordPathOptions, receiver: Receiver) {
  let at = STARTED_AT;
  const now = (): number => at;
  const logs: Record<string, unknown>[] = [];
  const write = (line: string): void => void logs.push(JSON.parse(line) as Record<string, unknown>);
  const definition = aWebhookDefinition({
    actionId: ACTION,
    accountId: ACCOUNT,
    url: `${receiver.url}/hook`,
  });
  return {
    now,
    pass: (ms: number) => void (at += ms),
    logs,
    logger: createLogger('test', 'info', { write }),
    definitions: new Map([[ACTION, definition]]),
    settings: anAccountSettings({ accountId: ACCOUNT, maxInFlightPerEndpoint }),
    keys: {
      keyring: parseKeyring(`k1:${randomBytes(32).toString('base64')}`),
      accountKeys: [] as AccountKey[],
    },
    publisher: new HeldPublisher(),
    window: new ExecutionWindow({ maxAgeMs: WINDOW_MS, maxExecutions: 1_000 }),
    verdictOffsets: new VerdictOffsets(),
    lookedUp: [] as Lookup[],
    lookUp: { answer: Promise.resolve() },
    endedElsewhere: new Set<string>(),
    room: { mayPark: true },
    metrics: createMetrics('test'),
  };
}

type Stage = ReturnType<typeof stage>;

function viewsOf({ definitions, settings, now }: Stage) {
  const cancelled = new CancelledExecutions();
  const listeners: ((execution: ExecutionIdentity) => void)[] = [];
  const commands = {
    isCancelled: (one: ExecutionIdentity) => cancelled.has(one, now()),
    endedBy: (one: ExecutionIdentity) => cancelled.endsAt(one, now()),
    note: (command: ExecutionCommand, { offset }: { offset: number }) => {
      cancelled.add(command, { expiresAt: command.expiresAt, endsAt: offset }, now());
      for (const listener of listeners) listener(command);
    },
    watch: (one: ExecutionIdentity, listener: () => void) => cancelled.watch(one, listener),
    onCancel: (listener: (execution: ExecutionIdentity) => void) => void listeners.push(listener),
  };
  const cancel = (one: ExecutionIdentity): void => {
    cancelled.add(one, { expiresAt: now() + 60_000, endsAt: null }, now());
    for (const listener of listeners) listener(one);
  };
  const view = {
    definition: (actionId: string) => definitions.get(actionId),
    settings: () => settings,
  };
  return { cancel, commands, definitions: view };
}

/** Returns the dependencies of calls: the real client behind the real guard. */
function callsOf(caller: TestCaller, { keys, metrics, logger, now }: Stage, counters: DispatcherMetrics) {
  const guard = createDestinationGuard(parseAllowList(LOOPBACK));
  const secretFailures = new SecretFailures({ logger, metrics: counters, now });
  const opening = (): SecretOpening => ({
    keyring: keys.keyring,
    findAccountKey: (accountId, dekId) =>
      keys.accountKeys.find((key) => key.accountId === accountId && key.dekId === dekId),
    onFailure: (definition, error) => secretFailures.note(definition, error),
  });
  const open: SendAttemptDeps['openSecrets'] = (definition, attempt) =>
    openSecrets(definition, attempt, opening());
  const debts = new CpuDebts();
  const { pool: evaluationPool, evaluations } = createEvaluations(
    { metrics, logger, guard, accounting: debts },
    { threads: 1, userAgent: 'Hookline/test' },
  );
  return {
    caller,
    tokens: NO_TOKENS,
    secretFailures,
    secretObstacle: (definition: WebhookDefinition) => secretObstacle(definition, opening()),
    openSecrets: open,
    debts,
    evaluationPool,
    evaluations,
  };
}

export async function startRecordPath(options: TestRecordPathOptions = {}): Promise<TestRecordPath> {
  const { baseWaitMs = 5_000, capacity = 100, partitions = 1 } = options;
  const receiver = await startReceiver();
  const caller = await startCaller();
  const on = stage(options, receiver);
  const { publisher, metrics, logger, now } = on;
  const counters = createDispatcherMetrics(metrics);
  const { cancel, ...views } = viewsOf(on);
  const calls = callsOf(caller, on, counters);
  const lookUp = (lookup: Lookup): Promise<void> => {
    on.lookedUp.push(lookup);
    return on.lookUp.answer;
  };
  const path = composeRecordPath(
    {
      ...calls,
      ...views,
      mayPark: () => on.room.mayPark,
      registry,
      publisher,
      deadLetters: new DeadLetters({ publisher, metrics, logger, now }),
      done: {
        window: on.window,
        recall: { lookUp },
        lateOutcomes: { has: (one) => on.endedElsewhere.has(executionKey(one)) },
        verdictOffsets: on.verdictOffsets,
      },
      endpointStateStore: noStore,
      storedBytesStore: { exchange: async (writes) => writes.map(() => null) },
      rest: { begin: () => undefined, isRested: () => true },
      metrics,
      counters,
      logger,
      now,
      random: () => 0,
    },
    {
      baseWaitMs,
      partitions,
      windowMs: WINDOW_MS,
      maxInFlight: 100,
      defaultLimits: { account: 100, endpoint: 10 },
      storedBytesPerDay: 1e9,
      capacity: { records: capacity, bytes: 1e9 },
      maxOpen: 100,
    },
  );
  const { slots, backlog, endpointStates, quota } = path;
  return {
    ...on,
    receiver,
    slots,
    backlog,
    cancel,
    stopEvaluations: () => calls.evaluationPool.stop(),
    process: (record, stillAssigned = () => Promise.resolve(true)) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const ends = { finished: () => resolve(), left: (_: ConsumedRecord, error: unknown) => reject(error) };
      new UnfinishedRecord(record, stillAssigned, ends).passTo(path.take);
      return promise;
    },
    counted: async (name, labels) => {
      const { values = [] } = (await on.metrics.registry.getSingleMetric(name)?.get()) ?? {};
      const isMeant = (found: Record<string, unknown>): boolean =>
        Object.entries(labels).every(([label, value]) => found[label] === value);
      return values.find((one) => isMeant(one.labels))?.value ?? 0;
    },
    async [Symbol.asyncDispose]() {
      backlog.close();
      slots.close();
      await calls.evaluationPool.stop();
      await endpointStates.stop();
      await quota.keeper.stop();
      await receiver.stop();
      await caller[Symbol.asyncDispose]();
    },
  };
}

import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { BatchConsumer } from '@hookline/shared/kafka/consume/batch-consumer';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { type OutgoingRecord, Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createSchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { component, createApp, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics, type Metrics } from '@hookline/shared/runtime/metrics';
import { publishSaved, publishUnpublished, saveRequest } from './ask.ts';
import { cancelOutstanding, type CancelTarget } from './cancel.ts';
import type { CorrelationStore } from './correlation-store.ts';
import { LookForOutcomes, WebhookStepsStoppedError } from './look-for-outcomes.ts';
import { createTakeOutcomes, type OutcomeRecord } from './take-outcomes.ts';
import { type MappedField, type WebhookOutcome, webhookOutcome } from './webhook-outcome.ts';
import { webhookRequest, type WebhookStep } from './webhook-step.ts';
import { STEP_TIMEOUT, withinStep } from './within-step.ts';

export interface WaitOptions {
  /**
   * Maximum wait of the step, in ms from its first request, across restarts; unlimited by default, because every
   * execution ends. It bounds all calls, retries and waits together; the action's own timeout bounds one call.
   */
  stepTimeoutMs?: number;
  /** Whether the execution continues after a step timeout (default) or is cancelled. */
  onTimeout?: 'leave' | 'cancel';
  /** Ends the wait, not the execution. */
  signal?: AbortSignal;
}

/** Result of a step that waited. */
export type StepResult =
  { kind: 'outcome'; outcome: WebhookOutcome } | { kind: 'step_timeout'; executionId: string };

/**
 * The webhook steps of a workflow engine. Requesting a step again, from any process, returns the same execution, so
 * that an engine that died can request the step again and continue.
 */
export interface WebhookSteps<Tx> extends Component {
  /**
   * Requests a call without waiting for its outcome; resolves once Kafka has acknowledged the request.
   * @throws InvalidStepError if the step can never be published
   */
  request(step: WebhookStep): Promise<ExecutionIdentity>;
  /**
   * Requests a call and waits for its outcome.
   * @throws InvalidStepError if the step can never be published
   * @throws WebhookStepsStoppedError if the SDK is stopped before the outcome arrives, and the signal's reason if the
   *   signal is aborted
   */
  requestAndWait(step: WebhookStep, options?: WaitOptions): Promise<StepResult>;
  /**
   * Requests the cancellation of outstanding executions; resolves once Kafka has acknowledged a command for each.
   * @returns the executionIds
   */
  cancel(target: CancelTarget, reason?: string): Promise<string[]>;
  /**
   * Applies an outcome exactly once: `apply` writes the mapped fields (and the position of the run) in the transaction
   * that marks them as applied.
   * @returns false if the outcome was already applied, in which case `apply` did not run
   */
  applyOnce(
    outcome: Pick<WebhookOutcome, 'accountId' | 'executionId' | 'mappedFields'>,
    apply: (fields: readonly MappedField[], tx: Tx) => Promise<void>,
  ): Promise<boolean>;
}

interface WebhookStepsDeps<Tx> {
  client: KafkaClient;
  store: CorrelationStore<Tx>;
  /** Metrics in which published records are counted; by default the counts are not exposed. */
  metrics?: Metrics;
  /**
   * Called with the outcome of each replay, of any engine and account: `replayOf` is the id of the replayed execution;
   * the run and the step are those of that execution. If the callback rejects or the process dies, the callback is
   * called again with the same outcome, so it must recognise outcomes that it has already handled.
   */
  onReplay?: (outcome: WebhookOutcome) => Promise<void>;
  /** Clock in epoch ms; by default the system clock. */
  now?: () => number;
}

interface WebhookStepsOptions {
  /** Consumer group of the engine, without prefix; the same for all its processes. */
  group: string;
  /** Interval at which outcomes that another process received are looked up, in ms (default 1,000). */
  lookEveryMs?: number;
}

const BATCH = { maxRecords: 1_000, maxBytes: 8_388_608, lingerMs: 5 };
const LOOK_EVERY_MS = 1_000;

/**
 * Creates the SDK. `start` connects it and publishes requests that an earlier process saved and may not have
 * published.
 */
export function createWebhookSteps<Tx>(
  deps: WebhookStepsDeps<Tx>,
  { group, lookEveryMs = LOOK_EVERY_MS }: WebhookStepsOptions,
): WebhookSteps<Tx> {
  const { client, metrics = createMetrics('workflow-sdk', { ofProcess: false }) } = deps;
  const registry = createSchemaRegistry({ client });
  const transport: StepTransport = {
    publisher: new Publisher({ client, metrics }),
    decoder: registry,
    consumer: (handle) =>
      new BatchConsumer({ client, handle }, { group, topics: [TOPICS.completed], ...BATCH }),
    components: [registry],
  };
  const { logger } = client;
  return webhookStepsOver({ ...deps, transport, logger, now: deps.now ?? Date.now }, { lookEveryMs });
}

/** Transport of requests, commands and outcomes: Kafka, or a fake of it. */
interface StepTransport {
  publisher: Component & { publish(record: OutgoingRecord): Promise<unknown> };
  decoder: { decode(event: 'WebhookCompleted', bytes: Buffer): Promise<WebhookCompleted> };
  /** Creates a consumer that delivers records of `webhook.completed` and repeats them until they are handled. */
  consumer(handle: (records: OutcomeRecord[]) => Promise<void>): Component;
  /** Components that start before the consumer. */
  components: readonly Component[];
}

/** Creates the steps on top of any transport, so that they behave in the same way with Kafka and with a fake of it. */
export function webhookStepsOver<Tx>(
  deps: Pick<WebhookStepsDeps<Tx>, 'store' | 'onReplay'> & {
    transport: StepTransport;
    logger: Logger;
    now: () => number;
  },
  { lookEveryMs }: { lookEveryMs: number },
): WebhookSteps<Tx> {
  const { store, transport, now } = deps;
  const { publisher, decoder, components } = transport;
  const logger = deps.logger.child({ part: 'webhook-steps' });
  const waiters = new OutcomeWaiters();
  const lookForOutcomes = new LookForOutcomes({ waiters, store, logger }, { lookEveryMs });
  const onReplay = async (completed: WebhookCompleted): Promise<void> =>
    deps.onReplay?.(webhookOutcome(completed));
  const consumer = transport.consumer(
    createTakeOutcomes({ decoder, store, onReplay, lookForOutcomes, logger }),
  );
  const resume = component('resume', {
    start: async () => {
      const requests = await publishUnpublished({ store, publisher });
      if (requests > 0)
        logger.info(
          { requests },
          'published requests that an earlier process saved and may not have published',
        );
    },
  });
  // The app stops these in reverse order, so waiting steps are released before the components that they depend on stop.
  const app = createApp([publisher, ...components, consumer, lookForOutcomes, resume]);
  return {
    name: 'webhook steps',
    start: () => app.start(),
    stop: () => app.stop(),
    problem: () => consumer.problem?.() ?? null,
    ...stepActions({ store, publisher, waiters, now }),
  };
}

interface ActionDeps<Tx> {
  store: CorrelationStore<Tx>;
  publisher: StepTransport['publisher'];
  waiters: OutcomeWaiters;
  now: () => number;
}

function stepActions<Tx>(deps: ActionDeps<Tx>): Omit<WebhookSteps<Tx>, keyof Component> {
  const { store, waiters, now } = deps;
  return {
    request: async (step) => {
      const saved = await saveRequest(deps, webhookRequest(step, now()));
      await publishSaved(deps, saved);
      const { accountId, executionId } = saved.request;
      return { accountId, executionId };
    },
    requestAndWait: async (step, options = {}) => {
      options.signal?.throwIfAborted();
      const request = webhookRequest(step, now());
      // Listens before the request is published, because the outcome could otherwise arrive first.
      using listener = waiters.listen(request);
      const saved = await saveRequest(deps, request);
      if (saved.outcome) return ended(saved.outcome);
      const work = publishSaved(deps, saved).then(
        async () => (await listener.outcome) ?? stoppedBefore(request),
      );
      const result = await withinStep(work, limitsOf(options, saved.request, now()));
      if (result !== STEP_TIMEOUT) return ended(result);
      if (options.onTimeout === 'cancel') await cancelOutstanding(deps, request, 'the step timed out');
      return { kind: 'step_timeout', executionId: request.executionId };
    },
    cancel: (target, reason) => cancelOutstanding(deps, target, reason ?? null),
    applyOnce: (outcome, apply) => store.applyOnce(outcome, (tx) => apply(outcome.mappedFields, tx)),
  };
}

function stoppedBefore({ executionId }: ExecutionIdentity): never {
  throw new WebhookStepsStoppedError(
    `the SDK was stopped before execution ${executionId} ended; request the step again after a restart`,
  );
}

function ended(completed: WebhookCompleted): StepResult {
  return { kind: 'outcome', outcome: webhookOutcome(completed) };
}

/** Computes the time that the step has left; the step began with its first request, perhaps in an earlier process. */
function limitsOf(
  { stepTimeoutMs, signal }: WaitOptions,
  { requestedAt }: WebhookRequested,
  now: number,
): { timeoutMs: number; signal?: AbortSignal } {
  const timeoutMs = stepTimeoutMs === undefined ? Infinity : Math.max(0, requestedAt + stepTimeoutMs - now);
  return { timeoutMs, ...(signal ? { signal } : {}) };
}

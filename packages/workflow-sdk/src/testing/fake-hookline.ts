import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { ExecutionCommand, WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import type { CorrelationStore } from '../correlation-store.ts';
import { type WebhookSteps, webhookStepsOver } from '../webhook-steps.ts';
import { MemoryCorrelationStore } from './memory-store.ts';

/** Fields of an outcome that a test can set. The default is a success after one attempt, without mapped fields. */
export type FakeOutcome = Partial<
  Pick<
    WebhookCompleted,
    | 'status'
    | 'attempts'
    | 'errorType'
    | 'errorMessage'
    | 'responseStatus'
    | 'responseHeaders'
    | 'responseBody'
    | 'mappingErrors'
    | 'completedAt'
  >
> & {
  /** Values by mapping target, as the response mapping would have selected them. */
  mappedFields?: Record<string, unknown>;
};

type Handle = (records: { value: Buffer; partition: number; offset: number }[]) => Promise<void>;

/**
 * Replaces Hookline in the tests of a workflow engine, without Kafka and without calling any endpoint. The test can
 * inspect what the engine requested, and decides how each execution ends. Like Hookline, the fake outlives the engines
 * that connect to it, so a test can restart an engine. The fake accepts each execution once, delivers each outcome at
 * least once, to the engine that started last, and ends a cancelled execution with the status `cancelled`. Engines use
 * the real steps, and the same contract tests run with the fake and with Kafka and Postgres.
 */
export class FakeHookline {
  readonly #requests = new Map<string, WebhookRequested>();
  readonly #commands: ExecutionCommand[] = [];
  readonly #outcomes: Buffer[] = [];
  readonly #ended = new Set<string>();
  readonly #waiting: {
    matches: (request: WebhookRequested) => boolean;
    resolve: (request: WebhookRequested) => void;
  }[] = [];
  /** Committed offset of the consumer group that all engines share: the index of the next outcome to deliver. */
  #handled = 0;
  #handle: Handle | undefined;
  #delivering: Promise<void> = Promise.resolve();

  /**
   * Creates the steps of an engine process.
   * @param deps.store the engine's own store, or a store from `createStore`
   */
  connect<Tx>(
    deps: { store: CorrelationStore<Tx>; now?: () => number },
    { lookEveryMs = 20 }: { lookEveryMs?: number } = {},
  ): WebhookSteps<Tx> {
    const { store, now = Date.now } = deps;
    const publisher = {
      ...component('fake publisher', {}),
      publish: (record: OutgoingRecord) => this.#publish(record),
    };
    const transport = {
      publisher,
      decoder: {
        decode: (_event: 'WebhookCompleted', bytes: Buffer) =>
          Promise.resolve(decodeEvent('WebhookCompleted', bytes)),
      },
      consumer: (handle: Handle) => this.#consumer(handle),
      components: [],
    };
    return webhookStepsOver(
      { store, transport, logger: createLogger('fake', 'silent'), now },
      { lookEveryMs },
    );
  }

  /**
   * Creates a store in memory. Pass the same store to the next `connect` to test a restart.
   * @param begin called before each `apply`; returns a stand-in for a transaction of the engine's database
   */
  createStore<Tx = undefined>(
    ...begin: undefined extends Tx ? [begin?: () => Tx] : [begin: () => Tx]
  ): CorrelationStore<Tx> {
    return new MemoryCorrelationStore<Tx>(...begin);
  }

  /** The accepted requests in order of arrival, one for each execution. */
  get requests(): readonly WebhookRequested[] {
    return [...this.#requests.values()];
  }

  /** The commands that were published, including repeats. */
  get commands(): readonly ExecutionCommand[] {
    return this.#commands;
  }

  /** Resolves with the first request that matches, even if it was accepted before this call. */
  requested(matches: (request: WebhookRequested) => boolean): Promise<WebhookRequested> {
    const known = this.requests.find(matches);
    if (known) return Promise.resolve(known);
    const { promise, resolve } = Promise.withResolvers<WebhookRequested>();
    this.#waiting.push({ matches, resolve });
    return promise;
  }

  /**
   * Ends an execution. A second call simulates another outcome of the same execution: Kafka may contain several,
   * although Hookline decides only once, and engines ignore all but the first. Resolves once an engine has stored the
   * outcome, or immediately if no engine is connected.
   * @throws Error if the execution was not requested
   */
  async end(identity: ExecutionIdentity, outcome: FakeOutcome = {}): Promise<void> {
    const request = this.#requests.get(executionKey(identity));
    if (!request)
      throw new Error(`execution ${identity.executionId} was not requested: await requested() first`);
    this.#ended.add(executionKey(identity));
    this.#outcomes.push(encodeEvent('WebhookCompleted', completedOf(request, outcome)));
    await this.#deliver();
  }

  /** Delivers every outcome again, as Kafka does after a crash. */
  async redeliver(): Promise<void> {
    this.#handled = 0;
    await this.#deliver();
  }

  async #publish({ topic, value }: OutgoingRecord): Promise<void> {
    if (value === null) throw new Error('a request or command was published without a value');
    if (topic === TOPICS.requested) this.#accept(decodeEvent('WebhookRequested', value));
    if (topic === TOPICS.commands) await this.#command(decodeEvent('ExecutionCommand', value));
  }

  #accept(request: WebhookRequested): void {
    const key = executionKey(request);
    if (this.#requests.has(key)) return;
    this.#requests.set(key, request);
    for (const { matches, resolve } of this.#waiting) if (matches(request)) resolve(request);
    const cancel = this.#commands.find((command) => executionKey(command) === key);
    if (cancel) this.#cancelLater(request, cancel);
  }

  async #command(command: ExecutionCommand): Promise<void> {
    this.#commands.push(command);
    const request = this.#requests.get(executionKey(command));
    if (request && !this.#ended.has(executionKey(command))) this.#cancelLater(request, command);
  }

  /** Cancels the execution asynchronously, because a command is acknowledged before its outcome arrives. */
  #cancelLater(request: WebhookRequested, { reason }: ExecutionCommand): void {
    const outcome = {
      status: 'cancelled',
      errorType: 'cancelled',
      errorMessage: reason ?? CANCELLED,
      attempts: 0,
    } as const;
    setImmediate(() => {
      this.#outcomes.push(encodeEvent('WebhookCompleted', completedOf(request, outcome)));
      this.#ended.add(executionKey(request));
      // If the engine's store fails here, the next `end` or `redeliver` tries again and reports any further failure.
      this.#deliver().catch(() => undefined);
    });
  }

  #consumer(handle: Handle): Component {
    return component('fake consumer', {
      start: async () => {
        this.#handle = handle;
        await this.#deliver();
      },
      stop: () => {
        if (this.#handle === handle) this.#handle = undefined;
      },
    });
  }

  /** Delivers the outcomes from the committed offset onwards, one delivery at a time. */
  #deliver(): Promise<void> {
    const deliver = async (): Promise<void> => {
      while (this.#handle && this.#handled < this.#outcomes.length) {
        const end = this.#outcomes.length;
        const records = this.#outcomes
          .slice(this.#handled, end)
          .map((value, index) => ({ value, partition: 0, offset: this.#handled + index }));
        await this.#handle(records);
        this.#handled = end;
      }
    };
    const done = this.#delivering.then(deliver);
    this.#delivering = done.catch(() => undefined);
    return done;
  }
}

const CANCELLED = 'Webhook request was cancelled';

function completedOf(request: WebhookRequested, outcome: FakeOutcome): WebhookCompleted {
  const { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId, metadata, requestedAt } =
    request;
  const status = outcome.status ?? 'success';
  const mappedFields = Object.entries(outcome.mappedFields ?? {}).map(([target, value]) => [
    target,
    JSON.stringify(value),
  ]);
  return {
    executionId,
    accountId,
    workflowId,
    actionId,
    workflowExecutionId,
    stepId,
    metadata,
    replayOf: null,
    attempts: 1,
    errorType: null,
    errorMessage: null,
    responseStatus: status === 'success' ? 200 : null,
    responseHeaders: {},
    responseBody: null,
    responseTruncated: false,
    mappingErrors: {},
    requestedAt,
    acceptedAt: requestedAt,
    completedAt: Date.now(),
    ...outcome,
    status,
    mappedFields: Object.fromEntries(mappedFields) as Record<string, string>,
  };
}

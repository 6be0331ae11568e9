import type { WebhookRequested } from '@hookline/shared/contracts/events';
import type { FaultPointName } from '@hookline/shared/runtime/fault-point-catalogue';
import { startService, type StoryProcess } from './service-process.ts';
import type { SeparateService } from './hookline.ts';
import { startStory, type Story } from './story.ts';

/** Kafka records of an execution. */
export interface ExecutionRecords {
  /** Status of each completed event. */
  outcomes: string[];
  /** Number and status of each attempt, such as `1 error`. */
  attempts: string[];
}

/** A story whose dispatchers and retry schedulers are processes that the tests start and end. */
export interface Interleaving extends Story {
  /** Creates an endpoint and an action for one test. */
  endpoint(): Promise<{ path: string; actionId: string }>;
  request(overrides: Partial<WebhookRequested>, options?: { partition?: number }): Promise<WebhookRequested>;
  start(service: SeparateService, env?: Record<string, string>): Promise<StoryProcess>;
  /** Sends a request to a dispatcher that dies at the fault point, then starts another dispatcher. */
  killedAt(
    point: FaultPointName | `${FaultPointName}>${FaultPointName}`,
    overrides: Partial<WebhookRequested>,
    options?: { partition?: number },
  ): Promise<WebhookRequested>;
  /** Stops all processes that `start` started, except those of the service `except`. */
  endServices(options?: { except?: SeparateService }): Promise<void>;
  /**
   * Resolves once another execution of the account has completed through the lanes; by then, all earlier records have
   * been processed.
   */
  settled(): Promise<void>;
  /** Returns everything recorded for an execution, once it has an outcome and no further events are expected. */
  recorded(execution: WebhookRequested): Promise<ExecutionRecords>;
  /** Returns the `webhook-attempt` header of each call that the endpoint received for an execution. */
  callsOf(execution: WebhookRequested): string[];
}

/** Script of an endpoint that fails the first attempt, whichever dispatcher makes it, and accepts the second. */
export const failsOnce = (call: { header(name: string): string | undefined }): { status: number } => ({
  status: call.header('webhook-attempt') === '1' ? 500 : 200,
});

export async function startInterleaving(): Promise<Interleaving> {
  const story = await startStory({ without: ['dispatcher', 'retry-scheduler'] });
  const { receiver, hookline, account } = story;
  const running = new Map<StoryProcess, SeparateService>();
  let endpoints = 0;

  const endpoint = async (): Promise<{ path: string; actionId: string }> => {
    const path = `/${++endpoints}`;
    const actionId = await account.createAction({ url: receiver.url + path, method: 'POST' });
    return { path, actionId };
  };

  // The action is created before any dispatcher starts, so that each dispatcher reads it at its start.
  const last = await endpoint();
  receiver.script(last.path, failsOnce);

  const settled = async (): Promise<void> => {
    const { actionId } = last;
    const execution = await hookline.engine.request({ accountId: account.id, actionId });
    await hookline.outcome(execution);
    // This attempt is in the same partition as all earlier attempts of the account, so these have been read as well.
    await hookline.probe.until(
      'WebhookAttempt',
      ({ executionId, status }) => executionId === execution.executionId && status === 'success',
    );
  };

  const soFar = ({ executionId }: WebhookRequested): ExecutionRecords => ({
    outcomes: hookline.probe
      .all('WebhookCompleted')
      .filter((one) => one.executionId === executionId)
      .map(({ status }) => status),
    attempts: hookline.probe
      .all('WebhookAttempt')
      .filter((one) => one.executionId === executionId)
      .map(({ attempt, status }) => `${attempt} ${status}`),
  });

  const request: Interleaving['request'] = (overrides, options) =>
    hookline.engine.request({ accountId: account.id, ...overrides }, options);

  const start: Interleaving['start'] = async (service, env) => {
    const process = await startService(service, hookline, env);
    running.set(process, service);
    return process;
  };

  return {
    ...story,
    endpoint,
    settled,
    request,
    start,
    killedAt: async (point, overrides, options) => {
      const victim = await start('dispatcher', { HOOKLINE_FAULT_POINT: point });
      const requested = await request(overrides, options);
      await victim.fault;
      await start('dispatcher');
      return requested;
    },
    endServices: async ({ except } = {}) => {
      const ending = [...running].filter(([, service]) => service !== except);
      await Promise.all(
        ending.map(async ([process]) => {
          running.delete(process);
          // A frozen process would not react to SIGTERM.
          process.thaw();
          await process.stop();
        }),
      );
    },
    recorded: async (execution) => {
      const ofThis = (one: { executionId: string }): boolean => one.executionId === execution.executionId;
      await hookline.probe.until('WebhookCompleted', ofThis);
      await settled();
      return soFar(execution);
    },
    callsOf: ({ executionId }) =>
      receiver.seen
        .filter((call) => call.header('webhook-id') === executionId)
        .map((call) => call.header('webhook-attempt') ?? ''),
  };
}

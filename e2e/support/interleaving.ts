import type { WebhookRequested } from '@hookline/shared/contracts/events';
import type { FaultPointName } from '@hookline/shared/runtime/fault-point-catalogue';
import { startService, type ServiceProcess } from './service-process.ts';
import type { SeparateService } from './hookline.ts';
import { startStory, type Story } from './story.ts';

/** What Kafka says of an execution. */
export interface Recorded {
  /** Status of each completed event. */
  outcomes: string[];
  /** Number and status of each attempt, such as `1 error`. */
  attempts: string[];
}

/** A story whose dispatchers and schedulers are processes that end with each test. */
export interface Interleaving extends Story {
  /** An endpoint of its own for a test. */
  endpoint(): Promise<{ path: string; actionId: string }>;
  request(overrides: Partial<WebhookRequested>, options?: { partition?: number }): Promise<WebhookRequested>;
  start(service: SeparateService, env?: Record<string, string>): Promise<ServiceProcess>;
  /** A dispatcher takes the request and dies at the point; another is there afterwards. */
  killedAt(
    point: FaultPointName,
    overrides: Partial<WebhookRequested>,
    options?: { partition?: number },
  ): Promise<WebhookRequested>;
  /** Ends what `start` started and has not ended yet, except for those named. */
  endServices(options?: { except?: SeparateService }): Promise<void>;
  /** Resolves once another execution of the account has gone all the way, through the lanes: what was before is over. */
  settled(): Promise<void>;
  /** Everything recorded for an execution once it has an outcome and no further events are expected. */
  recorded(execution: WebhookRequested): Promise<Recorded>;
  /** The `webhook-attempt` header of each call that the endpoint got for an execution. */
  callsOf(execution: WebhookRequested): string[];
}

const DEADLINE_MS = 60_000;

/** How an endpoint fails the first attempt, whoever makes it, and takes the second. */
export const failsOnce = (call: { header(name: string): string | undefined }): { status: number } => ({
  status: call.header('webhook-attempt') === '1' ? 500 : 200,
});

export async function startInterleaving(): Promise<Interleaving> {
  const story = await startStory({ without: ['dispatcher', 'retry-scheduler'] });
  const { receiver, hookline, account } = story;
  const running = new Map<ServiceProcess, SeparateService>();
  let endpoints = 0;

  const endpoint = async (): Promise<{ path: string; actionId: string }> => {
    const path = `/${++endpoints}`;
    const actionId = await account.createAction({ url: receiver.url + path, method: 'POST' });
    return { path, actionId };
  };

  // Made before any dispatcher starts, so that each knows it.
  const last = await endpoint();
  receiver.script(last.path, failsOnce);

  const settled = async (): Promise<void> => {
    const { actionId } = last;
    const execution = await hookline.engine.request({ accountId: account.id, actionId });
    await hookline.outcome(execution, DEADLINE_MS);
    // In one partition with every earlier attempt of the account, so that those have been read as well.
    await hookline.probe.until(
      'WebhookAttempt',
      ({ executionId, status }) => executionId === execution.executionId && status === 'success',
    );
  };

  const soFar = ({ executionId }: WebhookRequested): Recorded => ({
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
          // One that stands still would not hear that it should stop.
          process.thaw();
          await process.stop();
        }),
      );
    },
    recorded: async (execution) => {
      const ofThis = (one: { executionId: string }): boolean => one.executionId === execution.executionId;
      await hookline.probe.until('WebhookCompleted', ofThis, DEADLINE_MS);
      await settled();
      return soFar(execution);
    },
    callsOf: ({ executionId }) =>
      receiver.seen
        .filter((call) => call.header('webhook-id') === executionId)
        .map((call) => call.header('webhook-attempt') ?? ''),
  };
}

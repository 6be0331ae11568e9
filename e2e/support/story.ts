import { atProcessEnd } from '@hookline/testkit/process-end';
import { startReceiver, type Receiver } from '@hookline/testkit/receiver';
import type { Scripts } from '@hookline/testkit/receiver-script';
import type { Account } from './api.ts';
import { startHookline, type Hookline, type HooklineOptions } from './hookline.ts';

/** What most stories are about: a customer's account, their endpoint, and Hookline between. */
export interface Story {
  receiver: Receiver;
  hookline: Hookline;
  account: Account;
  stop(): Promise<void>;
}

/**
 * A story on a system of its own.
 * @param options.scripts how the endpoint answers, by path; without one 200 and no body
 */
export async function startStory(
  options: Partial<HooklineOptions> & { scripts?: Scripts } = {},
): Promise<Story> {
  const receiver = await startReceiver(options.scripts);
  const hookline = await startHookline({ allowedDestinations: [receiver.address], ...options });
  const account = await hookline.api.account();
  return {
    receiver,
    hookline,
    account,
    stop: async () => {
      await hookline.stop();
      await receiver.stop();
    },
  };
}

/** Long enough for a command to arrive before the first retry, and for retries to differ in a timestamp's seconds. */
const SHARED_BASE_WAIT_MS = 1_000;
let shared: Promise<Hookline> | undefined;

/**
 * A story on the system that such stories of one test process share: an account and an endpoint of its own are all
 * that isolates it. Not for stories that look at metrics, log lines or records of everybody, or that need settings.
 * @param options.scripts as for `startStory`
 */
export async function shareStory({ scripts }: { scripts?: Scripts } = {}): Promise<Story> {
  shared ??= startShared();
  const hookline = await shared;
  const receiver = await startReceiver(scripts);
  return { receiver, hookline, account: await hookline.api.account(), stop: () => receiver.stop() };
}

async function startShared(): Promise<Hookline> {
  // Any endpoint of this machine: the receivers of later stories have no port yet.
  const hookline = await startHookline({
    allowedDestinations: ['127.0.0.1/32'],
    baseWaitMs: SHARED_BASE_WAIT_MS,
  });
  atProcessEnd(() => {
    shared = undefined;
    return hookline.stop();
  });
  return hookline;
}

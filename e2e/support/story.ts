import { atProcessEnd } from '@hookline/testkit/process-end';
import { startReceiver, type Receiver } from '@hookline/testkit/receiver';
import type { Scripts } from '@hookline/testkit/receiver-script';
import type { Account } from './api.ts';
import { startHookline, type Hookline, type HooklineOptions } from './hookline.ts';

/** Setup of most stories: a customer's account, the customer's endpoint, and Hookline between them. */
export interface Story {
  receiver: Receiver;
  hookline: Hookline;
  account: Account;
  stop(): Promise<void>;
}

/**
 * Starts a story on its own system.
 * @param options.scripts responses of the endpoint by path; by default 200 without a body
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

/**
 * Long enough for a command to arrive before the first retry, and for the timestamps of retries, which are in seconds,
 * to differ.
 */
const SHARED_BASE_WAIT_MS = 1_000;
let shared: Promise<Hookline> | undefined;

/**
 * Starts a story on a system that all such stories of a test process share; only its own account and endpoint isolate
 * it. Not suitable for stories that read metrics, log lines or records of other accounts, or that need settings of
 * their own.
 * @param options.scripts as for `startStory`
 */
export async function shareStory({ scripts }: { scripts?: Scripts } = {}): Promise<Story> {
  shared ??= startShared();
  const hookline = await shared;
  const receiver = await startReceiver(scripts);
  return { receiver, hookline, account: await hookline.api.account(), stop: () => receiver.stop() };
}

async function startShared(): Promise<Hookline> {
  // Allows any endpoint on this machine, because the receivers of later stories have no port yet.
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

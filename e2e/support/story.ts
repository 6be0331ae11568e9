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

/** @param options.scripts how the endpoint answers, by path; without one 200 and no body */
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

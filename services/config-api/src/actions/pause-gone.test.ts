import { expect, it } from '@jest/globals';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createPauseGone, type GoneWebhook } from './pause-gone.ts';

const webhook = (actionId: string): GoneWebhook => ({ accountId: 'a', actionId, version: 1 });

it('a pass pauses every webhook that it can, leaves the others on the list and logs one line about them', async () => {
  const listed = [webhook('broken'), webhook('sound')];
  const passes = Promise.withResolvers<void>();
  let lists = 0;
  const paused: string[] = [];
  const postponed = new Set<string>();
  const logged: { msg: string; err: { message: string } }[] = [];
  const write = (line: string): void => void logged.push(JSON.parse(line) as (typeof logged)[number]);
  const component = createPauseGone(
    {
      goneWebhooks: {
        list: async () => {
          if (++lists === 2) passes.resolve();
          return [...listed];
        },
        postpone: async ({ actionId }) => void postponed.add(actionId),
        remove: async ({ actionId }) =>
          void listed.splice(
            listed.findIndex((one) => one.actionId === actionId),
            1,
          ),
      },
      actions: {
        pause: async ({ actionId }) => {
          if (actionId === 'broken') throw new Error('changed at the same time');
          paused.push(actionId);
          return true;
        },
      },
      store: { workflowOf: async () => 'w' },
      logger: createLogger('test', 'warn', { write }),
    },
    { everyMs: 1 },
  );
  await component.start();
  await passes.promise;
  await component.stop();
  expect(paused).toEqual(['sound']);
  expect([...postponed]).toEqual(['broken']);
  expect(listed).toEqual([webhook('broken')]);
  const failed = logged.filter(({ msg }) => msg.endsWith('were not paused; trying again'));
  expect(failed[0]?.err.message).toContain('could not pause 1 webhook(s)');
});

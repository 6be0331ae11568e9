import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { failsOnce, startInterleaving, type Interleaving } from '../support/interleaving.ts';

/**
 * The dispatcher is killed between any two consecutive steps of an execution whose first attempt fails, or that was
 * misrouted, and another dispatcher takes over. There is one outcome, attempts are numbered without gaps, and a call is
 * repeated only if its verdict was not on Kafka yet.
 */
let story: Interleaving;
let path: string;
let actionId: string;

beforeAll(async () => {
  story = await startInterleaving();
  // Only dispatchers are killed, so one scheduler serves all tests.
  await story.start('retry-scheduler');
});

beforeEach(async () => {
  ({ path, actionId } = await story.endpoint());
});

afterEach(() => story.endServices({ except: 'retry-scheduler' }));

afterAll(async () => {
  await story.endServices();
  await story.stop();
});

describe('killing a dispatcher', () => {
  it.each([
    { point: 'settle.call-ended', calls: ['1', '1', '2'], attempts: ['1 error', '2 success'] },
    {
      point: 'settle.attempt-acknowledged',
      calls: ['1', '1', '2'],
      attempts: ['1 error', '1 error', '2 success'],
    },
    { point: 'settle.wait-acknowledged', calls: ['1', '2'], attempts: ['1 error', '2 success'] },
  ] as const)(
    'at $point of a failure keeps attempts numbered without gaps',
    async ({ point, calls, attempts }) => {
      story.receiver.script(path, failsOnce);
      const requested = await story.killedAt(point, { actionId });

      expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts });
      expect(story.callsOf(requested)).toEqual(calls);
    },
  );

  it.each(['intake.received', 'intake.reroute-acknowledged'] as const)(
    'at %s of a misrouted request leaves one outcome',
    async (point) => {
      const { partitions } = story.hookline.topics;
      const partition = (accountPartition(story.account.id, partitions) + 1) % partitions;
      const requested = await story.killedAt(point, { actionId }, { partition });

      expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts: ['1 success'] });
      // The killed dispatcher also owns the account's partition: it may have started the call before it was killed.
      expect(['1', '1,1']).toContain(story.callsOf(requested).join());
    },
  );
});

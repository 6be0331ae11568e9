import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { accountPartition } from '@hookline/shared/kafka/account-partition';
import type { FaultPointName } from '@hookline/shared/runtime/fault-point-catalogue';
import { failsOnce, startInterleaving, type Interleaving } from '../support/interleaving.ts';

/**
 * The dispatcher is killed between every two steps of an execution and another takes over. Each execution has one
 * outcome, its attempts count without gaps, and a call is repeated only if its verdict was not on Kafka yet.
 */
let story: Interleaving;
let path: string;
let actionId: string;

beforeAll(async () => {
  story = await startInterleaving();
});

beforeEach(async () => {
  ({ path, actionId } = await story.endpoint());
  await story.start('retry-scheduler');
});

afterEach(() => story.endServices());

afterAll(() => story.stop());

/** One dispatcher takes the request and dies at the point, another is there afterwards. */
async function killedAt(point: FaultPointName, options = {}): Promise<WebhookRequested> {
  const victim = await story.start('dispatcher', { HOOKLINE_FAULT_POINT: point });
  const requested = await story.request({ actionId }, options);
  await victim.fault;
  await story.start('dispatcher');
  return requested;
}

describe('a dispatcher is killed', () => {
  it.each([
    { point: 'intake.received', calls: ['1'], attempts: ['1 success'] },
    { point: 'settle.call-ended', calls: ['1', '1'], attempts: ['1 success'] },
    { point: 'settle.attempt-acknowledged', calls: ['1', '1'], attempts: ['1 success', '1 success'] },
    { point: 'settle.outcome-acknowledged', calls: ['1'], attempts: ['1 success'] },
    { point: 'consumer.before-commit', calls: ['1'], attempts: ['1 success'] },
    { point: 'consumer.committed', calls: ['1'], attempts: ['1 success'] },
  ] as const)(
    'at $point of a success: one outcome',
    async ({ point, calls, attempts }) => {
      const requested = await killedAt(point);

      expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts });
      expect(story.callsOf(requested)).toEqual(calls);
    },
    120_000,
  );

  it.each([
    { point: 'settle.call-ended', calls: ['1', '1', '2'], attempts: ['1 error', '2 success'] },
    {
      point: 'settle.attempt-acknowledged',
      calls: ['1', '1', '2'],
      attempts: ['1 error', '1 error', '2 success'],
    },
    { point: 'settle.wait-acknowledged', calls: ['1', '2'], attempts: ['1 error', '2 success'] },
  ] as const)(
    'at $point of a failure: attempts count on',
    async ({ point, calls, attempts }) => {
      story.receiver.script(path, failsOnce);
      const requested = await killedAt(point);

      expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts });
      expect(story.callsOf(requested)).toEqual(calls);
    },
    120_000,
  );

  it.each(['intake.received', 'intake.reroute-acknowledged'] as const)(
    'at %s of a misrouted request: one call, one outcome',
    async (point) => {
      const { partitions } = story.hookline.topics;
      const partition = (accountPartition(story.account.id, partitions) + 1) % partitions;
      const requested = await killedAt(point, { partition });

      expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts: ['1 success'] });
      expect(story.callsOf(requested)).toEqual(['1']);
    },
    120_000,
  );
});

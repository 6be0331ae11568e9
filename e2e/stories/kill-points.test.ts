import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startInterleaving, type Interleaving } from '../support/interleaving.ts';

/**
 * The dispatcher is killed between any two consecutive steps of an execution that succeeds, and another dispatcher
 * takes over. There is one outcome, and a call is repeated only if its verdict was not on Kafka yet.
 */
let story: Interleaving;
let actionId: string;

beforeAll(async () => {
  story = await startInterleaving();
  // Only dispatchers are killed, so one scheduler serves all tests.
  await story.start('retry-scheduler');
});

beforeEach(async () => {
  ({ actionId } = await story.endpoint());
});

afterEach(() => story.endServices({ except: 'retry-scheduler' }));

afterAll(async () => {
  await story.endServices();
  await story.stop();
});

describe('killing a dispatcher', () => {
  it.each([
    { point: 'intake.received', calls: ['1'], attempts: ['1 success'] },
    { point: 'settle.call-ended', calls: ['1', '1'], attempts: ['1 success'] },
    { point: 'settle.attempt-acknowledged', calls: ['1', '1'], attempts: ['1 success', '1 success'] },
    { point: 'settle.outcome-acknowledged', calls: ['1'], attempts: ['1 success'] },
    // These two points wait for a commit after the outcome, because a commit before it would contain only offsets that
    // an earlier test left uncommitted.
    {
      point: 'settle.outcome-acknowledged>consumer.before-commit',
      calls: ['1'],
      attempts: ['1 success'],
    },
    { point: 'settle.outcome-acknowledged>consumer.committed', calls: ['1'], attempts: ['1 success'] },
  ] as const)('at $point of a success leaves one outcome', async ({ point, calls, attempts }) => {
    const requested = await story.killedAt(point, { actionId });

    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts });
    expect(story.callsOf(requested)).toEqual(calls);
  });
});

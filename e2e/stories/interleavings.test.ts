import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { failsOnce, startInterleaving, type Interleaving } from '../support/interleaving.ts';

/**
 * Repetitions, late verdicts and cancels that fall between the steps of an execution. Whatever happens, the execution
 * has one outcome, its attempts are numbered without gaps, and no attempt starts after a recorded success.
 */

/** Shorter than the six seconds after which a killed member's partitions are reassigned. */
const SHORT_WINDOW = { HOOKLINE_IDEMPOTENCY_WINDOW_MS: '1000' };

let story: Interleaving;
let path: string;
let actionId: string;

beforeAll(async () => {
  story = await startInterleaving();
});

beforeEach(async () => {
  ({ path, actionId } = await story.endpoint());
});

afterEach(() => story.endServices({ except: 'retry-scheduler' }));

afterAll(async () => {
  await story.endServices();
  await story.stop();
});

describe('a call that ends after its dispatcher lost the partition', () => {
  beforeAll(() => story.start('retry-scheduler'));
  afterAll(() => story.endServices());

  it.each([
    { late: 'success', first: 200, second: 500, attempts: ['1 success', '1 error'] },
    { late: 'failure', first: 500, second: 200, attempts: ['1 error', '1 success'] },
  ])('leaves a single, successful outcome if it ended as a $late', async ({ first, second, attempts }) => {
    const { probe } = story.hookline;
    const gate = Promise.withResolvers<void>();
    story.receiver.script(path, [{ status: first }, { status: second, after: gate.promise }]);
    const freeze = { HOOKLINE_FAULT_POINT: 'settle.call-ended:1:freeze' };
    const zombie = await story.start('dispatcher', freeze);
    const requested = await story.request({ actionId });
    await zombie.fault;
    await story.start('dispatcher');
    await story.receiver.requests(2, { where: (call) => call.path === path });
    zombie.thaw();
    const ofThis = ({ executionId }: { executionId: string }): boolean =>
      executionId === requested.executionId;
    // The late attempt is published in any case, but the outcome only if it is a success.
    await probe.next('WebhookAttempt', ofThis);
    if (first === 200) {
      await probe.next('WebhookCompleted', ofThis);
      // Once this resolves, the new owner has read everything that was published before it.
      await story.settled();
    }
    gate.resolve();

    await probe.next('WebhookAttempt', ofThis);
    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts });
    expect(story.callsOf(requested)).toEqual(['1', '1']);
  });
});

describe('a repeated request', () => {
  beforeAll(() => story.start('retry-scheduler'));
  afterAll(() => story.endServices());

  it('causes only one call if it is repeated immediately', async () => {
    await story.start('dispatcher');
    const requested = await story.request({ actionId });
    await story.request(requested);

    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts: ['1 success'] });
    expect(story.callsOf(requested)).toEqual(['1']);
  });

  it('causes only one call if it is repeated after a restart', async () => {
    const first = await story.start('dispatcher');
    const requested = await story.request({ actionId });
    await story.recorded(requested);
    await first.stop();
    await story.start('dispatcher');
    await story.request(requested);

    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts: ['1 success'] });
    expect(story.callsOf(requested)).toEqual(['1']);
  });

  it('causes only one call if it is repeated after the idempotency window', async () => {
    const first = await story.start('dispatcher');
    const requested = await story.request({ actionId });
    await story.recorded(requested);
    // Stopping and starting a dispatcher takes longer than `SHORT_WINDOW`, even without the retry in `settled`.
    await first.stop();
    await story.start('dispatcher', SHORT_WINDOW);
    await story.settled();
    await story.request(requested);

    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts: ['1 success'] });
    expect(story.callsOf(requested)).toEqual(['1']);
  });
});

describe('a cancel', () => {
  afterAll(() => story.endServices());

  it('at the moment an attempt is due leaves one outcome, whichever is processed first', async () => {
    story.receiver.script(path, failsOnce);
    await story.start('retry-scheduler');
    await story.start('dispatcher');
    const requested = await story.request({ actionId });
    const { executionId } = requested;
    await story.hookline.probe.nextRecord(
      'AttemptDue',
      (one, { topic }) => topic === TOPICS.due.name && one.request.executionId === executionId,
    );
    await story.hookline.engine.cancel(requested);

    const { outcomes } = await story.recorded(requested);
    expect(outcomes).toHaveLength(1);
    expect(['success', 'cancelled']).toContain(outcomes[0]);
    expect(story.callsOf(requested).length).toBeLessThanOrEqual(2);
  });
});

describe('a retry scheduler killed between the acknowledgement of a due record and its own commit', () => {
  it('causes no repeated attempt when another one publishes the record again after the idempotency window', async () => {
    const { probe } = story.hookline;
    story.receiver.script(path, failsOnce);
    await story.start('dispatcher', SHORT_WINDOW);
    const victim = await story.start('retry-scheduler', { HOOKLINE_FAULT_POINT: 'lanes.due-acknowledged' });
    const requested = await story.request({ actionId });
    await victim.fault;
    await story.start('retry-scheduler');
    const isDue = (one: AttemptDue, { topic }: { topic: string }): boolean =>
      topic === TOPICS.due.name && one.request.executionId === requested.executionId;
    await probe.nextRecord('AttemptDue', isDue);
    // The due record is published again once the victim's partitions have been reassigned.
    await probe.nextRecord('AttemptDue', isDue);

    const attempts = ['1 error', '2 success'];
    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts });
    expect(story.callsOf(requested)).toEqual(['1', '2']);
  });
});

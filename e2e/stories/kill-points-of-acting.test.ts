import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { startInterleaving, type Interleaving } from '../support/interleaving.ts';

/**
 * The dispatcher is killed between any two consecutive steps of a cancellation, of parking and of a release, and
 * another dispatcher takes over. Nothing is lost, and there is one outcome.
 */
let story: Interleaving;
let actionId: string;
let path: string;

beforeAll(async () => {
  story = await startInterleaving();
  await story.start('retry-scheduler');
});

beforeEach(async () => {
  ({ actionId, path } = await story.endpoint());
});

afterEach(() => story.endServices({ except: 'retry-scheduler' }));

afterAll(async () => {
  await story.endServices();
  await story.stop();
});

/** Pauses or resumes the webhook, over REST. */
async function act(verb: 'pause' | 'resume'): Promise<void> {
  const { account, hookline } = story;
  const answer = await account.send(
    'POST',
    `/api/v1/workflows/workflow_1/actions/${actionId}/webhook/${verb}`,
  );
  expect(answer.status).toBe(200);
  const version = answer.body['version'];
  await hookline.probe.until(
    'WebhookDefinition',
    (one) => one.actionId === actionId && one.version === version,
  );
}

/** Resolves when a wait with this reason is published for the execution. */
function waits({ executionId }: WebhookRequested, reason: string): Promise<void> {
  const { probe } = story.hookline;
  return probe.until(
    'AttemptDue',
    (one, { topic }) =>
      topic === 'webhook.delayed' && one.request.executionId === executionId && one.reason === reason,
  );
}

/** Returns an execution that waits in the lanes for its second attempt; no dispatcher runs afterwards. */
async function waitingExecution(): Promise<WebhookRequested> {
  story.receiver.script(path, { status: 500 });
  const dispatcher = await story.start('dispatcher');
  const retryPolicy = { maxRetries: 1, baseMs: 60_000, factor: 1 };
  const requested = await story.request({ actionId, retryPolicy });
  await waits(requested, 'retry');
  await story.account.execution(requested.executionId, 'retrying');
  await dispatcher.stop();
  return requested;
}

/** Returns an execution that is parked; no dispatcher runs afterwards. */
async function parkedExecution(): Promise<WebhookRequested> {
  await act('pause');
  const dispatcher = await story.start('dispatcher');
  const requested = await story.request({ actionId });
  await waits(requested, 'paused');
  await dispatcher.stop();
  return requested;
}

describe('killing a dispatcher', () => {
  it.each(['command.before-outcome', 'command.outcome-acknowledged'] as const)(
    'at %s of a cancellation leaves one outcome and causes no further call',
    async (point) => {
      const requested = await waitingExecution();
      const victim = await story.start('dispatcher', { HOOKLINE_FAULT_POINT: point });
      const cancel = `/api/v1/webhook-executions/${requested.executionId}/cancel`;
      expect((await story.account.send('POST', cancel)).status).toBe(202);
      await victim.fault;
      await story.start('dispatcher');
      expect(await story.recorded(requested)).toEqual({ outcomes: ['cancelled'], attempts: ['1 error'] });
      expect(story.callsOf(requested)).toEqual(['1']);
    },
  );

  it('at settle.parked-acknowledged parks the attempt again, and resuming the webhook makes one call', async () => {
    await act('pause');
    const requested = await story.killedAt('settle.parked-acknowledged', { actionId });
    await waits(requested, 'paused');
    await act('resume');
    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts: ['1 success'] });
    expect(story.callsOf(requested)).toEqual(['1']);
  });

  it('at release.due-acknowledged releases the attempt twice, and makes one call', async () => {
    const requested = await parkedExecution();
    const victim = await story.start('dispatcher', { HOOKLINE_FAULT_POINT: 'release.due-acknowledged' });
    await act('resume');
    await victim.fault;
    await story.start('dispatcher');
    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts: ['1 success'] });
    expect(story.callsOf(requested)).toEqual(['1']);
  });
});

describe('while no dispatcher runs', () => {
  it('a resume is not lost', async () => {
    const requested = await parkedExecution();
    await act('resume');
    await story.start('dispatcher');
    expect(await story.recorded(requested)).toEqual({ outcomes: ['success'], attempts: ['1 success'] });
  });

  it('a cancellation is not lost', async () => {
    const requested = await waitingExecution();
    const cancel = `/api/v1/webhook-executions/${requested.executionId}/cancel`;
    expect((await story.account.send('POST', cancel)).status).toBe(202);
    await story.start('dispatcher');
    expect(await story.recorded(requested)).toEqual({ outcomes: ['cancelled'], attempts: ['1 error'] });
  });
});

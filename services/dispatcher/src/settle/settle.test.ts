import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { anAttemptDue } from '@hookline/testkit/builders';
import {
  aRequest,
  ACTION,
  definitionOf,
  recordOf,
  type TestRecordPath,
  startRecordPath,
  turns,
} from '../testing/record-path.ts';

let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath();
});

afterEach(async () => path[Symbol.asyncDispose]());

const topics = (): string[] => path.publisher.sent.map(({ topic }) => topic.replace('webhook.', ''));
const settledLines = () => path.logs.filter(({ msg }) => msg === 'settled');

describe('processing a record', () => {
  it.each([
    { end: 'an outcome', status: 200, next: TOPICS.completed },
    { end: 'a wait for the next attempt', status: 500, next: TOPICS.delayed },
  ])(
    'publishes the attempt, then $end, and finishes the record after both',
    async ({ status, next: topic }) => {
      path.receiver.script('/hook', { status });
      const request = aRequest();
      const [attempt, next] = [path.publisher.hold(TOPICS.attempts), path.publisher.hold(topic)];
      let finished = false;
      const processed = path.process(recordOf(request)).then(() => (finished = true));

      await attempt.reached;
      await turns();
      expect(topics()).toEqual(['attempts']);
      attempt.acknowledge();

      await next.reached;
      await turns();
      expect(topics()).toEqual(['attempts', topic.name.replace('webhook.', '')]);
      expect(finished).toBe(false);
      expect(path.window.doneReason(executionKey(request), { attempt: 1, deferrals: 0 }, true)).toBeNull();
      expect(settledLines()).toEqual([]);
      next.acknowledge();

      await processed;
      expect(
        path.window.doneReason(executionKey(request), { attempt: 1, deferrals: 0 }, true),
      ).not.toBeNull();
      expect(settledLines()).toHaveLength(1);
    },
  );

  it('publishes one event for a deferral, and finishes the record once that event is acknowledged', async () => {
    path.definitions.clear();
    const held = path.publisher.hold(TOPICS.delayed);
    let finished = false;
    const request = aRequest();
    const processed = path.process(recordOf(request)).then(() => (finished = true));
    await held.reached;
    await turns();
    expect(finished).toBe(false);
    held.acknowledge();
    await processed;
    expect(topics()).toEqual(['delayed']);
    expect(path.publisher.of(TOPICS.delayed)[0]).toMatchObject({
      request,
      attempt: 1,
      deferrals: 1,
      reason: 'unknown_definition',
    });
    // A repeat of the request is now skipped; a record that returns from the lanes would not be.
    await path.process(recordOf(request));
    expect(topics()).toEqual(['delayed']);
  });

  it('frees the slot when the call has ended, before anything is acknowledged', async () => {
    const held = path.publisher.hold(TOPICS.attempts);
    const processed = path.process(recordOf(aRequest()));
    await held.reached;
    expect(path.slots.inFlight).toBe(0);
    held.acknowledge();
    await processed;
  });

  it('notes the offsets of the verdicts for the next owner', async () => {
    expect(path.verdictOffsets.note(0)).toBe('0 0');
    await path.process(recordOf(aRequest()));
    expect(path.verdictOffsets.note(0)).toBe('3 0');
    path.receiver.script('/hook', { status: 500 });
    await path.process(recordOf(aRequest()));
    expect(path.verdictOffsets.note(0)).toBe('3 5');
  });
});

describe('the next attempt', () => {
  it('is published with the due time that the failed attempt recorded, the next number and the start of the first attempt', async () => {
    path.receiver.script('/hook', { status: 503, headers: { 'retry-after': '40' } });
    const request = aRequest();
    await path.process(recordOf(request));
    const [made] = path.publisher.of(TOPICS.attempts);
    const [wait] = path.publisher.of(TOPICS.delayed);
    expect(made).toMatchObject({ attempt: 1, status: 'error', nextAttemptAt: path.now() + 40_000 });
    expect(wait).toMatchObject({
      request,
      attempt: 2,
      deferrals: 0,
      reason: 'retry',
      dueAt: path.now() + 40_000,
      firstAttemptAt: made?.startedAt,
    });

    const firstAttemptAt = path.now() - 10_000;
    const again = anAttemptDue({
      request: aRequest(),
      attempt: 2,
      deferrals: 3,
      dueAt: path.now(),
      firstAttemptAt,
    });
    await path.process(recordOf(again));
    expect(path.publisher.of(TOPICS.delayed)[1]).toMatchObject({ attempt: 3, deferrals: 0, firstAttemptAt });
  });

  it('is due no later than the expiry of the execution, and then expires', async () => {
    path.receiver.script('/hook', { status: 500 });
    const expiresAt = path.now() + 1_000;
    const request = aRequest({ expiresAt });
    await path.process(recordOf(request, { appendedAt: path.now() }));
    const [wait] = path.publisher.of(TOPICS.delayed);
    expect(wait).toMatchObject({ dueAt: expiresAt, expiresAt });
    path.pass(1_000);
    if (wait) await path.process(recordOf(wait));
    expect(path.publisher.of(TOPICS.completed)[0]).toMatchObject({ errorType: 'expired', attempts: 1 });
  });
});

describe('a verdict that this process may no longer give', () => {
  it.each([
    { call: 'failed', status: 500, published: ['attempts'] },
    { call: 'succeeded', status: 200, published: ['attempts', 'completed'] },
  ])(
    'leads only to $published if the partition was lost during a call that $call',
    async ({ status, published }) => {
      let owned = true;
      path.receiver.script('/hook', () => {
        owned = false;
        return { status };
      });
      const request = aRequest();
      await path.process(recordOf(request), () => Promise.resolve(owned));
      expect(topics()).toEqual(published);
      const known = path.window.doneReason(executionKey(request), { attempt: 1, deferrals: 0 }, true);
      expect(known).toBe(status === 200 ? 'completed' : null);
    },
  );

  it('waits after the acknowledgement of the attempt while the owner of the partition is uncertain', async () => {
    path.receiver.script('/hook', { status: 500 });
    const certain = Promise.withResolvers<boolean>();
    let checks = 0;
    let finished = false;
    const stillAssigned = (): Promise<boolean> => (++checks === 1 ? Promise.resolve(true) : certain.promise);
    const held = path.publisher.hold(TOPICS.attempts);
    const processed = path.process(recordOf(aRequest()), stillAssigned).then(() => (finished = true));
    await held.reached;
    held.acknowledge();
    await turns();
    expect([topics(), finished]).toEqual([['attempts'], false]);
    certain.resolve(true);
    await processed;
    expect(topics()).toEqual(['attempts', 'delayed']);
  });

  it.each([200, 500])(
    'is dropped, and only the attempt is published, if an earlier owner ended the execution during a call (status %i)',
    async (status) => {
      const request = aRequest();
      path.receiver.script('/hook', () => {
        path.endedElsewhere.add(executionKey(request));
        return { status };
      });
      await path.process(recordOf(request));
      expect(topics()).toEqual(['attempts']);
      expect(path.logs).toContainEqual(
        expect.objectContaining({ level: 'warn', executionId: request.executionId, attempt: 1 }),
      );
    },
  );

  it('is dropped, and only the attempt is published, if a verdict was read back during the call', async () => {
    const request = aRequest();
    path.receiver.script('/hook', () => {
      path.window.delayed(executionKey(request), { attempt: 2, deferrals: 0 }, path.now());
      return { status: 500 };
    });
    await path.process(recordOf(request));
    expect(topics()).toEqual(['attempts']);
  });
});

describe('metrics and log lines', () => {
  it('count a call by status and error class, and log it in one line that contains only ids, numbers and classes', async () => {
    path.receiver.script('/hook', { status: 404 });
    const request = aRequest();
    await path.process(recordOf(request));
    expect(settledLines()).toEqual([
      expect.objectContaining({
        accountId: request.accountId,
        executionId: request.executionId,
        workflowId: request.workflowId,
        actionId: ACTION,
        attempt: 1,
        deferrals: 0,
        verdict: 'completed',
        status: 'error',
        errorType: 'client_error',
        reason: null,
        responseStatus: 404,
        queuedMs: 0,
        queuePosition: null,
        nextAttemptAt: null,
      }),
    ]);
    expect(
      await path.counted('hookline_attempts_total', { status: 'error', error_type: 'client_error' }),
    ).toBe(1);
    expect(await path.counted('hookline_executions_completed_total', { status: 'error' })).toBe(1);
  });

  it('record a deferral with its reason', async () => {
    path.definitions.set(ACTION, { ...definitionOf(path), paused: true });
    await path.process(recordOf(aRequest()));
    expect(settledLines()).toEqual([
      expect.objectContaining({
        verdict: 'deferred',
        reason: 'paused',
        nextAttemptAt: path.now() + 259_200_000,
      }),
    ]);
    expect(await path.counted('hookline_deferrals_total', { reason: 'paused' })).toBe(1);
    expect(await path.counted('hookline_attempts_total', {})).toBe(0);
  });

  it('record each mapping target, without its value', async () => {
    const responseMapping = { found: '$.id', missing: '$.none' };
    path.definitions.set(ACTION, { ...definitionOf(path), responseMapping });
    path.receiver.script('/hook', { body: { id: 'secret-of-the-customer' } });
    await path.process(recordOf(aRequest()));
    const lines = path.logs.filter(({ msg }) => /fields? (?:not )?mapped/.test(String(msg)));
    expect(lines).toMatchObject([
      { msg: 'field mapped', target: 'found' },
      { msg: 'fields not mapped', count: 1, listed: [{ target: 'missing', error: 'no_match' }] },
    ]);
    expect(JSON.stringify(path.logs)).not.toContain('secret-of-the-customer');
  });

  it('list five of 100 failed mappings, with short names, in one line', async () => {
    const targets = Array.from({ length: 100 }, (_, index) => `${index}_${'x'.repeat(200)}`);
    const responseMapping = Object.fromEntries(targets.map((target) => [target, '$.none']));
    path.definitions.set(ACTION, { ...definitionOf(path), responseMapping });
    path.receiver.script('/hook', { body: {} });
    await path.process(recordOf(aRequest()));
    const lines = path.logs.filter((line) => JSON.stringify(line).includes('no_match'));
    const listed = targets.slice(0, 5).map((target) => ({ target: target.slice(0, 100), error: 'no_match' }));
    expect(lines).toMatchObject([{ msg: 'fields not mapped', count: 100, listed }]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { PublisherStoppedError, RecordTooLargeError } from '@hookline/shared/kafka/publish/publisher';
import { anAttemptDue } from '@hookline/testkit/builders';
import {
  ACCOUNT,
  aRequest,
  recordOf,
  type TestRecordPath,
  startRecordPath,
  turns,
} from './testing/record-path.ts';

let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath();
});

afterEach(async () => path[Symbol.asyncDispose]());

/** Topics of the published records, in order. */
const topics = (): string[] => path.publisher.sent.map(({ topic }) => topic.replace('webhook.', ''));

describe('a record that cannot be processed', () => {
  it('is set aside if it is not an event, and is finished once its dead letter is acknowledged', async () => {
    const held = path.publisher.hold(TOPICS.deadLetter);
    let finished = false;
    const processed = path.process(recordOf(Buffer.from('no event'))).then(() => (finished = true));
    await held.reached;
    await turns();
    expect(finished).toBe(false);
    held.acknowledge();
    await processed;
    expect(topics()).toEqual(['dead-letter']);
    expect(path.publisher.of(TOPICS.deadLetter)[0]).toMatchObject({
      reason: 'undecodable',
      executionId: null,
    });
  });

  it('completes its execution as unreadable after its dead letter, if its bytes leave no doubt about the request', async () => {
    const request = aRequest({ workflowId: 'workflow_1' });
    const record = recordOf(ofUnknownSchema(encodeEvent('WebhookRequested', request)));
    await path.process(record);
    expect(topics()).toEqual(['dead-letter', 'completed']);
    const [outcome] = path.publisher.of(TOPICS.completed);
    expect(outcome).toMatchObject({
      executionId: request.executionId,
      errorType: 'unreadable_request',
      attempts: 0,
    });
    // This outcome is not a verdict: the same record is processed once it is redriven and can be read.
    await path.process(recordOf(request));
    expect(topics()).toEqual(['dead-letter', 'completed', 'attempts', 'completed']);
  });

  it('gets a dead letter and no outcome while a readable copy is in progress, or after the partition was lost', async () => {
    const request = aRequest();
    const unreadable = recordOf(ofUnknownSchema(encodeEvent('WebhookRequested', request)));
    const held = path.publisher.hold(TOPICS.attempts);
    const readable = path.process(recordOf(request));
    await held.reached;
    await path.process(unreadable);
    expect(topics()).toEqual(['attempts', 'dead-letter']);
    // No partition was lost, so no loss is logged.
    expect(path.logs.filter(({ level }) => level === 'warn')).toMatchObject([{ reason: 'unknown_schema' }]);
    held.acknowledge();
    await readable;

    const other = recordOf(ofUnknownSchema(encodeEvent('WebhookRequested', aRequest())));
    let checks = 0;
    // The record does not wait in the backlog, so ownership is checked only at the end.
    await path.process(other, async () => ++checks === 0);
    expect(topics()).toEqual(['attempts', 'dead-letter', 'completed', 'dead-letter']);
  });

  it('is set aside without an outcome if it does not name an execution', async () => {
    await path.process(recordOf(aRequest({ executionId: '' })));
    expect(topics()).toEqual(['dead-letter']);
    expect(path.publisher.of(TOPICS.deadLetter)[0]?.reason).toBe('bad_identity');
  });

  it('is set aside and then completed, without a call, if its request is refused', async () => {
    const request = aRequest({ context: '[]' });
    await path.process(recordOf(request));
    expect(topics()).toEqual(['dead-letter', 'completed']);
    expect(path.publisher.of(TOPICS.deadLetter)[0]).toMatchObject({
      reason: 'unusable_request',
      executionId: request.executionId,
    });
    expect(path.publisher.of(TOPICS.completed)[0]).toMatchObject({ errorType: 'render_error', attempts: 0 });
    expect(path.receiver.seen).toEqual([]);
  });

  it('is rejected before the call if a number is out of range for the field but valid in Avro', async () => {
    const due = anAttemptDue({ request: aRequest(), attempt: 2, dueAt: -5, reason: 'retry' });
    await path.process(recordOf(due));
    expect(topics()).toEqual(['dead-letter', 'completed']);
    expect(path.publisher.of(TOPICS.deadLetter)[0]?.error).toMatch(/dueAt of the attempt/);
    expect(path.publisher.of(TOPICS.completed)[0]).toMatchObject({ attempts: 1, errorType: 'render_error' });
  });
});

/** Returns the same datum with an unknown fingerprint. */
function ofUnknownSchema(value: Buffer): Buffer {
  const changed = Buffer.from(value);
  changed.fill(0xab, 2, 10);
  return changed;
}

describe('a request outside the partition of its account', () => {
  beforeEach(async () => {
    await path[Symbol.asyncDispose]();
    path = await startRecordPath({ partitions: 2 });
  });

  const home = accountPartition(ACCOUNT, 2);

  it('is forwarded to that partition with its acceptance time, and then finished', async () => {
    // Forwarding does not change the invalid expiry; the owner of the account's partition refuses the request.
    const request = aRequest({ expiresAt: -5 });
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const record = recordOf(request, { partition: 1 - home, headers: { traceparent } });
    const held = path.publisher.hold(TOPICS.due);
    let finished = false;
    const processed = path.process(record).then(() => (finished = true));
    await held.reached;
    await turns();
    expect(finished).toBe(false);
    held.acknowledge();
    await processed;
    expect(topics()).toEqual(['due']);
    expect(path.publisher.sent[0]).toMatchObject({
      headers: { traceparent },
      value: { request, acceptedAt: record.appendedAt, attempt: 1, deferrals: 0, reason: 'misrouted' },
    });
    expect(await path.counted('hookline_misrouted_requests_total', {})).toBe(1);
  });

  it('is not forwarded if it comes from webhook.due, and neither is a request in the partition of its account', async () => {
    await path.process(recordOf(aRequest(), { partition: home }));
    const dueAt = path.now();
    const rerouted = anAttemptDue({
      request: aRequest(),
      attempt: 1,
      reason: 'misrouted',
      dueAt,
      firstAttemptAt: null,
    });
    await path.process(recordOf(rerouted, { partition: 1 - home }));
    expect(topics()).toEqual(['attempts', 'completed', 'attempts', 'completed']);
  });

  it('ends with a dead letter if the broker rejects the forwarded record', async () => {
    path.publisher.failNext(TOPICS.due, new RecordTooLargeError('over its limit'));
    await path.process(recordOf(aRequest(), { partition: 1 - home }));
    expect(topics()).toEqual(['dead-letter', 'completed']);
  });
});

describe('a record that is done already', () => {
  it('is skipped if its execution has completed, its step was superseded, or it is a request that already has a verdict', async () => {
    const [completed, superseded, waiting] = [aRequest(), aRequest(), aRequest()];
    path.window.completed(executionKey(completed), path.now());
    path.window.delayed(executionKey(superseded), { attempt: 3, deferrals: 0 }, path.now());
    path.window.delayed(executionKey(waiting), { attempt: 1, deferrals: 1 }, path.now());
    await path.process(recordOf(completed));
    await path.process(recordOf(anAttemptDue({ request: superseded, attempt: 2 })));
    await path.process(recordOf(waiting));
    expect(path.publisher.sent).toEqual([]);
    expect(await path.counted('hookline_records_skipped_total', { known: 'completed' })).toBe(1);
    expect(await path.counted('hookline_records_skipped_total', { known: 'superseded' })).toBe(2);
  });

  it('is skipped as soon as the next step of its execution is announced, and that step is processed', async () => {
    path.receiver.script('/hook', [{ status: 500 }, {}]);
    const request = aRequest();
    await path.process(recordOf(request));
    const dueAt = path.now();
    await path.process(recordOf(anAttemptDue({ request, attempt: 1, deferrals: 5, dueAt })));
    expect(topics()).toEqual(['attempts', 'delayed']);
    await path.process(recordOf(anAttemptDue({ request, attempt: 2, deferrals: 0, dueAt })));
    expect(topics()).toEqual(['attempts', 'delayed', 'attempts', 'completed']);
  });

  it('waits for a copy in progress, and is skipped once the verdict on the copy is acknowledged', async () => {
    const request = aRequest();
    const held = path.publisher.hold(TOPICS.completed);
    const first = path.process(recordOf(request));
    await held.reached;
    let finished = false;
    const second = path.process(recordOf(request)).then(() => (finished = true));
    await turns();
    expect(finished).toBe(false);
    held.acknowledge();
    await Promise.all([first, second]);
    expect(topics()).toEqual(['attempts', 'completed']);
    expect(path.receiver.seen).toHaveLength(1);
  });

  it('is processed if the copy in progress ended without a verdict', async () => {
    const request = aRequest();
    path.publisher.failNext(TOPICS.attempts, new PublisherStoppedError('stopped'));
    const first = path.process(recordOf(request));
    const second = path.process(recordOf(request));
    await expect(first).rejects.toThrow(PublisherStoppedError);
    await second;
    expect(topics()).toEqual(['attempts', 'completed']);
    expect(path.receiver.seen).toHaveLength(2);
  });

  it('waits for a look-up in Kafka if its verdict may have been forgotten, and is skipped if there is a verdict', async () => {
    const request = aRequest();
    const appendedAt = path.now() - 400_000;
    const found = Promise.withResolvers<void>();
    path.lookUp.answer = found.promise;
    const processed = path.process(recordOf(request, { appendedAt, partition: 0 }));
    await turns();
    expect(path.receiver.seen).toEqual([]);
    expect(path.lookedUp).toMatchObject([{ execution: request, partition: 0, from: expect.any(Number) }]);
    path.window.completed(executionKey(request), path.now());
    found.resolve();
    await processed;
    expect(path.publisher.sent).toEqual([]);
  });
});

describe('an unexpected error', () => {
  it('dead-letters the record and completes the execution with only its ids', async () => {
    const request = aRequest();
    path.publisher.failNext(TOPICS.attempts, new RecordTooLargeError('over its limit'));
    await path.process(recordOf(request));
    expect(topics()).toEqual(['dead-letter', 'completed']);
    expect(path.publisher.of(TOPICS.deadLetter)[0]).toMatchObject({
      reason: 'processing_failed',
      error: 'could not be processed: over its limit',
      executionId: request.executionId,
    });
    expect(path.publisher.of(TOPICS.completed)[0]).toMatchObject({
      executionId: request.executionId,
      errorType: 'render_error',
      metadata: {},
      stepId: null,
      workflowExecutionId: null,
      attempts: 0,
    });
    // This outcome is a verdict: a copy is skipped.
    await path.process(recordOf(request));
    expect(topics()).toEqual(['dead-letter', 'completed']);
  });

  it('leaves the outcome to the new owner if the partition was lost', async () => {
    path.publisher.failNext(TOPICS.attempts, new RecordTooLargeError('over its limit'));
    let stillAssigned = true;
    path.receiver.script('/hook', () => {
      stillAssigned = false;
      return { status: 500 };
    });
    await path.process(recordOf(aRequest()), () => Promise.resolve(stillAssigned));
    expect(topics()).toEqual(['dead-letter']);
  });

  it('before processing leaves only the affected record unfinished', async () => {
    const record = recordOf(aRequest());
    const broken = {
      ...record,
      get value(): Buffer | null {
        throw new Error('broken record');
      },
    };
    const processed = path.process(broken);
    await expect(processed).rejects.toThrow('broken record');
    await path.process(record);
    expect(topics()).toEqual(['attempts', 'completed']);
  });

  it('in a stopping process leaves the record unfinished and sets nothing aside', async () => {
    path.publisher.failNext(TOPICS.attempts, new PublisherStoppedError('stopped'));
    await expect(path.process(recordOf(aRequest()))).rejects.toThrow(PublisherStoppedError);
    path.slots.close();
    await expect(path.process(recordOf(aRequest()))).rejects.toThrow(/stopping/);
    path.backlog.close();
    await expect(path.process(recordOf(aRequest()))).rejects.toThrow(/stopping/);
    expect(topics()).toEqual([]);
  });
});

describe('more records than may be opened in a turn', () => {
  const many = Array.from({ length: 40 }, () => recordOf(aRequest()));

  it('are parked and opened in later turns', async () => {
    const processed = many.map((record) => path.process(record));
    expect(path.backlog.parked).toBe(40 - 32);
    await Promise.all(processed);
    expect(path.publisher.of(TOPICS.completed)).toHaveLength(40);
  });

  it('are left to the new owner if the partition is lost before their turn', async () => {
    let owned = true;
    const processed = many.map((record) => path.process(record, () => Promise.resolve(owned)));
    owned = false;
    await Promise.all(processed);
    expect(path.publisher.sent).toEqual([]);
    expect(path.receiver.seen).toEqual([]);
    expect(await path.counted('hookline_records_skipped_total', { known: 'new_owner' })).toBe(40);
  });

  it('are decoded only in the first turn if the partition is lost before the next turn', async () => {
    let owned = true;
    const unusable = many.map((_, i) => recordOf(aRequest({ stepId: 's'.repeat(201) }), { offset: i }));
    const processed = unusable.map((record) => path.process(record, () => Promise.resolve(owned)));
    owned = false;
    await Promise.all(processed);
    expect(path.publisher.of(TOPICS.deadLetter).map(({ offset }) => offset)).toEqual([...Array(32).keys()]);
  });

  it('are left unfinished if the process stops before their turn', async () => {
    const processed = Promise.allSettled(many.map((record) => path.process(record)));
    path.backlog.close();
    const refused = (await processed).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(40 - 32);
  });
});

/** Tests how the quota of stored bytes affects records on their path through the dispatcher. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { anAttemptDue } from '@hookline/testkit/builders';
import { aRequest, recordOf, type TestRecordPath, startRecordPath } from './testing/record-path.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath();
  path.settings.maxStoredBytesPerDay = 1;
});

afterEach(async () => path[Symbol.asyncDispose]());

const topics = (): string[] => path.publisher.sent.map(({ topic }) => topic.replace('webhook.', ''));

/** Uses up the quota with one request, and returns that request. */
async function useUp(): Promise<ReturnType<typeof aRequest>> {
  const request = aRequest();
  await path.process(recordOf(request));
  expect(path.publisher.of(TOPICS.completed).at(-1)).toMatchObject({ status: 'success' });
  path.publisher.sent.length = 0;
  return request;
}

/** Lets time pass, and returns the append time of a record that arrives then. */
function later(ms: number): { appendedAt: number } {
  path.pass(ms);
  return { appendedAt: path.now() };
}

it('a request beyond the quota ends as quota_exceeded, without a call, a retry or a dead letter', async () => {
  await useUp();
  const request = aRequest({ metadata: { run: '7' } });
  await path.process(recordOf(request, later(SECOND_MS)));
  expect(topics()).toEqual(['completed']);
  const [outcome] = path.publisher.of(TOPICS.completed);
  expect(outcome).toMatchObject({
    executionId: request.executionId,
    status: 'error',
    errorType: 'quota_exceeded',
    attempts: 0,
    metadata: { run: '7' },
  });
  expect(outcome?.errorMessage).toMatch(
    /^Webhook request exceeds a quota of the account: .*1 bytes of max_stored_bytes_per_day until \d{4}-.*T00:00:00\.000Z; send fewer/,
  );
  expect(path.receiver.seen).toHaveLength(1);
  expect(await path.counted('hookline_requests_over_quota_total', {})).toBe(1);
});

it('a quota that is used up is logged once for many requests', async () => {
  await useUp();
  for (let i = 1; i <= 5; i++) await path.process(recordOf(aRequest(), later(SECOND_MS)));
  expect(path.publisher.of(TOPICS.completed)).toHaveLength(5);
  const lines = path.logs.filter(({ msg }) => String(msg).includes('used up its quota'));
  expect(lines).toMatchObject([{ accountId: path.settings.accountId, quota: 1 }]);
});

it('a copy of an accepted request is skipped, and not refused', async () => {
  const accepted = await useUp();
  await path.process(recordOf(aRequest(), later(SECOND_MS)));
  await path.process(recordOf(accepted, later(SECOND_MS)));
  expect(path.publisher.of(TOPICS.completed)).toHaveLength(1);
  expect(await path.counted('hookline_records_skipped_total', { known: 'completed' })).toBe(1);
});

it('a copy of an accepted request that waits for its retry is skipped, and the retry is made', async () => {
  path.receiver.script('/hook', [{ status: 503 }, { status: 200 }]);
  const request = aRequest();
  await path.process(recordOf(request));
  expect(topics()).toEqual(['attempts', 'delayed']);
  await path.process(recordOf(request, later(SECOND_MS)));
  expect(topics()).toEqual(['attempts', 'delayed']);
  await path.process(recordOf(anAttemptDue({ request, attempt: 2, dueAt: path.now(), reason: 'retry' })));
  expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ status: 'success' }]);
});

it('an accepted request that is read again, as after a crash, is accepted again', async () => {
  const request = aRequest();
  const record = recordOf(request);
  // The partition is lost during the call, so this process gives no verdict.
  path.receiver.script('/hook', [{ status: 503 }, { status: 200 }]);
  let checks = 0;
  await path.process(record, async () => ++checks <= 1);
  await path.process(recordOf(aRequest(), later(SECOND_MS)));
  expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ errorType: 'quota_exceeded' }]);
  await path.process(record);
  expect(path.publisher.of(TOPICS.completed).at(-1)).toMatchObject({
    executionId: request.executionId,
    status: 'success',
  });
});

it('requests are accepted again on the next day, and when the quota is raised', async () => {
  await useUp();
  await path.process(recordOf(aRequest(), later(SECOND_MS)));
  expect(path.publisher.of(TOPICS.completed).at(-1)).toMatchObject({ errorType: 'quota_exceeded' });
  path.settings.maxStoredBytesPerDay = null;
  await path.process(recordOf(aRequest(), later(SECOND_MS)));
  expect(path.publisher.of(TOPICS.completed).at(-1)).toMatchObject({ status: 'success' });
  path.settings.maxStoredBytesPerDay = 1;
  await path.process(recordOf(aRequest(), later(DAY_MS)));
  expect(path.publisher.of(TOPICS.completed).at(-1)).toMatchObject({ status: 'success' });
});

it('the quota also applies to a request that was forwarded from another partition', async () => {
  await useUp();
  const due = anAttemptDue({
    request: aRequest(),
    attempt: 1,
    acceptedAt: later(SECOND_MS).appendedAt,
    reason: 'misrouted',
  });
  await path.process(recordOf(due));
  expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ errorType: 'quota_exceeded' }]);
});

it('a malformed request beyond the quota leaves no dead letter', async () => {
  await useUp();
  await path.process(recordOf(aRequest({ context: '[]' }), later(SECOND_MS)));
  expect(topics()).toEqual(['completed']);
});

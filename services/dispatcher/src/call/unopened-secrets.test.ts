/** Executions wait while their secrets cannot be opened, and continue once the secrets can be opened (ADR 28). */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { credentialPlaintext } from '@hookline/credentials/credential';
import { createDataKey, parseKeyring } from '@hookline/credentials/keyring';
import { seal } from '@hookline/credentials/sealed-value';
import {
  ACCOUNT,
  aRequest,
  ACTION,
  definitionOf,
  recordOf,
  type TestRecordPath,
  startRecordPath,
} from '../testing/record-path.ts';

let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath({ maxInFlightPerEndpoint: 1 });
  // A bearer credential, sealed with a data key that has arrived.
  const accountKey = createDataKey(path.keys.keyring, ACCOUNT, path.now());
  path.keys.accountKeys.push(accountKey);
  const binding = { accountId: ACCOUNT, actionId: ACTION, field: 'auth' } as const;
  setSealed(
    seal(path.keys.keyring, accountKey, credentialPlaintext({ type: 'bearer', token: 'tok_1' }), binding),
  );
});

afterEach(async () => path[Symbol.asyncDispose]());

function setSealed(sealed: Buffer): void {
  const auth = { type: 'bearer', headerName: null, settings: {}, sealed } as const;
  path.definitions.set(ACTION, { ...definitionOf(path), auth });
}

/** Causes, each with a function that makes the secret unavailable and returns a function that undoes this. */
const obstacles: [string, () => () => void][] = [
  [
    'unknown_data_key',
    () => {
      const arrived = path.keys.accountKeys.splice(0);
      return () => void path.keys.accountKeys.push(...arrived);
    },
  ],
  [
    'unknown_master_key',
    () => {
      const { keyring } = path.keys;
      path.keys.keyring = parseKeyring(`k2:${randomBytes(32).toString('base64')}`);
      return () => void (path.keys.keyring = keyring);
    },
  ],
  [
    // The damage is found only when the data key is unwrapped, after the gate.
    'damaged_data_key',
    () => {
      const { keyring } = path.keys;
      path.keys.keyring = parseKeyring(`k1:${randomBytes(32).toString('base64')}`);
      return () => void (path.keys.keyring = keyring);
    },
  ],
  [
    'unknown_format',
    () => {
      const { sealed } = definitionOf(path).auth;
      setSealed(Buffer.concat([Buffer.from([0x7f, 0x01]), randomBytes(60)]));
      return () => setSealed(sealed ?? Buffer.alloc(0));
    },
  ],
];

it.each(obstacles)(
  '%s: nothing is sent, the execution does not end, and the call is made once the problem is repaired',
  async (cause, begin) => {
    const mend = begin();
    const request = aRequest();
    await path.process(recordOf(request, { appendedAt: path.now() }));
    const [wait] = path.publisher.of(TOPICS.delayed);
    expect(wait).toMatchObject({ reason: 'secret_unavailable', attempt: 1, deferrals: 1 });
    expect(wait?.dueAt).toBe(path.now() + 1_000);
    expect([path.receiver.seen.length, path.slots.inFlight]).toEqual([0, 0]);
    expect([path.publisher.of(TOPICS.attempts), path.publisher.of(TOPICS.completed)]).toEqual([[], []]);
    expect(await path.counted('hookline_unopened_secrets_total', { cause })).toBe(1);
    expect(await path.counted('hookline_deferrals_total', { reason: 'secret_unavailable' })).toBe(1);
    const lines = path.logs.filter((line) => line['cause'] === cause);
    expect(lines).toMatchObject([{ level: 'error', actionId: ACTION, suppressed: 0 }]);

    mend();
    path.pass(1_000);
    if (!wait) throw new Error('nothing waits');
    await path.process(recordOf(wait));
    expect(path.receiver.seen.map((seen) => seen.header('authorization'))).toEqual(['Bearer tok_1']);
    expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ status: 'success', attempts: 1 }]);
  },
);

it('an unopened secret is logged once a minute for each cause, and counted each time', async () => {
  path.keys.accountKeys.length = 0;
  for (let i = 0; i < 3; i++) await path.process(recordOf(aRequest(), { appendedAt: path.now() }));
  path.pass(60_000);
  await path.process(recordOf(aRequest(), { appendedAt: path.now() }));
  const lines = path.logs.filter((line) => line['cause'] === 'unknown_data_key');
  expect(lines.map((line) => line['suppressed'])).toEqual([0, 2]);
  expect(await path.counted('hookline_unopened_secrets_total', { cause: 'unknown_data_key' })).toBe(4);
});

it('an attempt with an unopened secret waits without a place in the queue of its endpoint', async () => {
  const answer = Promise.withResolvers<void>();
  path.receiver.script('/hook', [{ after: answer.promise }, {}]);
  const first = path.process(recordOf(aRequest()));
  await path.receiver.requests(1);
  path.keys.accountKeys.length = 0;
  // The only slot is taken, so processing would not end here if this record queued for it.
  await path.process(recordOf(aRequest(), { appendedAt: path.now() }));
  expect(path.publisher.of(TOPICS.delayed)).toMatchObject([{ reason: 'secret_unavailable' }]);
  expect([path.slots.inFlight, path.slots.waiting]).toEqual([1, 0]);
  answer.resolve();
  await first;
});

it('an attempt with an unopened secret expires with its execution, like any attempt that waits', async () => {
  path.keys.accountKeys.length = 0;
  const request = aRequest({ expiresAt: path.now() + 500 });
  await path.process(recordOf(request, { appendedAt: path.now() }));
  const [wait] = path.publisher.of(TOPICS.delayed);
  expect(wait?.dueAt).toBe(path.now() + 500);
  path.pass(500);
  if (!wait) throw new Error('nothing waits');
  await path.process(recordOf(wait));
  expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ errorType: 'expired', attempts: 0 }]);
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { PARKED_HEADER } from '@hookline/shared/contracts/parked-attempts';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { anAttemptDue, anAccountSettings } from '@hookline/testkit/builders';
import {
  ACCOUNT,
  aRequest,
  ACTION,
  definitionOf,
  recordOf,
  type TestRecordPath,
  startRecordPath,
  turns,
} from './testing/record-path.ts';

let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath({ maxInFlightPerEndpoint: 1 });
});

afterEach(async () => path[Symbol.asyncDispose]());

function change(changes: Partial<WebhookDefinition>): void {
  path.definitions.set(ACTION, { ...definitionOf(path), ...changes });
}

/** Makes a call that holds the endpoint's only slot; the returned function ends it. */
async function occupy(): Promise<() => Promise<void>> {
  const gate = Promise.withResolvers<void>();
  path.receiver.script('/hook', [{ after: gate.promise }, {}]);
  const processed = path.process(recordOf(aRequest()));
  await path.receiver.requests(1);
  return async () => {
    gate.resolve();
    await processed;
  };
}

const outcomeOf = (executionId: string) =>
  path.publisher.of(TOPICS.completed).find((outcome) => outcome.executionId === executionId);
const waitOf = (executionId: string) =>
  path.publisher.of(TOPICS.delayed).find(({ request }) => request.executionId === executionId);
const skipped = (known: string): Promise<number> => path.counted('hookline_records_skipped_total', { known });

describe('an attempt that waits for a slot', () => {
  it('ends immediately, without a call, if its execution is cancelled', async () => {
    const end = await occupy();
    const request = aRequest();
    const processed = path.process(recordOf(request));
    await turns();
    expect(path.slots.waiting).toBe(1);
    path.cancel(request);
    await processed;
    expect(outcomeOf(request.executionId)).toMatchObject({ status: 'cancelled', attempts: 0 });
    expect([path.slots.waiting, path.slots.inFlight]).toEqual([0, 1]);
    await end();
    expect(path.receiver.seen).toHaveLength(1);
  });

  it('is left to the new owner, with nothing published, if its partition is lost', async () => {
    const end = await occupy();
    let owned = true;
    const request = aRequest();
    const processed = path.process(recordOf(request), () => Promise.resolve(owned));
    await turns();
    owned = false;
    await end();
    await processed;
    expect(path.receiver.seen).toHaveLength(1);
    expect([outcomeOf(request.executionId), waitOf(request.executionId)]).toEqual([undefined, undefined]);
    expect(await skipped('new_owner')).toBe(1);
    expect(path.slots.inFlight).toBe(0);
  });

  it('is skipped if an earlier owner ends the execution', async () => {
    const end = await occupy();
    const request = aRequest();
    const processed = path.process(recordOf(request));
    await turns();
    path.endedElsewhere.add(executionKey(request));
    await end();
    await processed;
    expect(path.receiver.seen).toHaveLength(1);
    expect(outcomeOf(request.executionId)).toBeUndefined();
    expect(await skipped('late_outcome')).toBe(1);
  });

  it('ends without a call if its execution expires', async () => {
    const end = await occupy();
    const request = aRequest({ expiresAt: path.now() + 1_000 });
    const processed = path.process(recordOf(request, { appendedAt: path.now() }));
    await turns();
    path.pass(1_000);
    await end();
    await processed;
    expect(path.receiver.seen).toHaveLength(1);
    expect(outcomeOf(request.executionId)).toMatchObject({ status: 'error', errorType: 'expired' });
  });

  it.each([
    { changes: { enabled: false }, outcome: { status: 'cancelled', attempts: 0 } },
    { changes: { deleted: true }, outcome: { status: 'error', errorType: 'not_found' } },
  ])('ends without a call if its definition becomes $changes', async ({ changes, outcome }) => {
    const end = await occupy();
    const request = aRequest();
    const processed = path.process(recordOf(request));
    await turns();
    change(changes);
    await end();
    await processed;
    expect(path.receiver.seen).toHaveLength(1);
    expect(outcomeOf(request.executionId)).toMatchObject(outcome);
    expect(path.slots.inFlight).toBe(0);
  });

  it('is deferred if its definition is paused', async () => {
    const end = await occupy();
    const request = aRequest();
    const processed = path.process(recordOf(request));
    await turns();
    change({ paused: true });
    await end();
    await processed;
    expect(path.receiver.seen).toHaveLength(1);
    expect(waitOf(request.executionId)).toMatchObject({ reason: 'paused', deferrals: 1, attempt: 1 });
    expect([outcomeOf(request.executionId), path.slots.inFlight]).toEqual([undefined, 0]);
  });

  it('is sent with the newest payload of its definition', async () => {
    const end = await occupy();
    const processed = path.process(recordOf(aRequest()));
    await turns();
    change({ payloadTemplate: '{"newest":true}', version: 2 });
    await end();
    await processed;
    expect(path.receiver.seen.map(({ body }) => String(body)).at(-1)).toBe('{"newest":true}');
    expect(path.publisher.of(TOPICS.attempts).map(({ definitionVersion }) => definitionVersion)).toEqual([
      1, 2,
    ]);
  });

  it('waits for its turn at the new endpoint if its definition changes to another endpoint', async () => {
    const end = await occupy();
    const other = Promise.withResolvers<void>();
    path.receiver.script('/other', [{ after: other.promise }, {}]);
    const url = `${path.receiver.url}/other`;
    path.definitions.set('action_2', { ...definitionOf(path), actionId: 'action_2', url });
    const moved = path.process(recordOf(aRequest()));
    const atOther = path.process(recordOf(aRequest({ actionId: 'action_2' })));
    await path.receiver.requests(2);
    change({ url: `${url}?version=2` });
    await end();
    await turns();
    expect(path.receiver.seen.map(({ url }) => url)).toEqual(['/hook', '/other']);
    expect([path.slots.inFlight, path.slots.waiting]).toEqual([1, 1]);
    other.resolve();
    await Promise.all([moved, atOther]);
    expect(path.receiver.seen.map(({ url }) => url)).toEqual(['/hook', '/other', '/other?version=2']);
  });
});

describe('an attempt that must not be made now', () => {
  it.each([
    { reason: 'retry', waitsFor: 'retry' },
    { reason: 'paused', waitsFor: 'paused' },
    { reason: 'misrouted', waitsFor: 'not_before' },
  ] as const)(
    'returns to the lanes for $waitsFor if it arrived with the reason $reason',
    async ({ reason, waitsFor }) => {
      const due = anAttemptDue({
        request: aRequest(),
        attempt: 1,
        reason,
        deferrals: 2,
        dueAt: path.now() + 60_000,
      });
      await path.process(recordOf(due));
      expect(waitOf(due.request.executionId)).toMatchObject({
        reason: waitsFor,
        dueAt: due.dueAt,
        attempt: 1,
        deferrals: 3,
      });
      expect(path.receiver.seen).toEqual([]);
    },
  );

  it('goes to the lanes for not_before if its request is not due yet', async () => {
    const request = aRequest({ notBefore: path.now() + 60_000 });
    await path.process(recordOf(request, { appendedAt: path.now() }));
    expect(waitOf(request.executionId)).toMatchObject({ reason: 'not_before', dueAt: path.now() + 60_000 });
  });

  it('is deferred while its account is suspended, and while its endpoint is paused', async () => {
    path.settings.suspended = true;
    await path.process(recordOf(aRequest()));
    path.settings.suspended = false;
    path.settings.pausedEndpoints = [definitionOf(path).url];
    await path.process(recordOf(aRequest()));
    expect(path.publisher.of(TOPICS.delayed).map(({ reason }) => reason)).toEqual(['paused', 'paused']);
    expect(path.receiver.seen).toEqual([]);
  });

  it('is parked until it expires if its account is suspended, and announced once it is parked', async () => {
    path.settings.suspended = true;
    const held = path.publisher.hold(TOPICS.parked);
    const request = aRequest({ expiresAt: path.now() + 60_000 });
    const processed = path.process(recordOf(request));
    await held.reached;
    await turns();
    expect(path.publisher.of(TOPICS.delayed)).toEqual([]);
    held.acknowledge();
    await processed;
    const sent = path.publisher.sent.map(({ topic, headers }) => [topic, headers]);
    expect(sent).toEqual([
      [TOPICS.parked.name, { 'hookline-expires-at': `${request.expiresAt}` }],
      [TOPICS.delayed.name, { [PARKED_HEADER]: '1' }],
    ]);
    expect(path.publisher.of(TOPICS.parked)).toEqual(path.publisher.of(TOPICS.delayed));
    expect(waitOf(request.executionId)).toMatchObject({ dueAt: request.expiresAt, deferrals: 1 });
  });

  it('waits an hour at a time in the lanes if there is no room to park it', async () => {
    path.settings.suspended = true;
    path.room.mayPark = false;
    const request = aRequest();
    await path.process(recordOf(request));
    expect(path.publisher.of(TOPICS.parked)).toEqual([]);
    expect(waitOf(request.executionId)).toMatchObject({ reason: 'paused', dueAt: path.now() + 3_645_000 });
  });

  it('is dropped if it only announces a parked attempt but was moved by an older scheduler', async () => {
    const due = anAttemptDue({ request: aRequest(), reason: 'paused', dueAt: path.now() });
    await path.process(recordOf(due, { headers: { [PARKED_HEADER]: '1' } }));
    expect([path.publisher.sent, path.receiver.seen]).toEqual([[], []]);
  });

  it('is deferred if its rate limit is used up, and keeps its reservation when it returns', async () => {
    Object.assign(path.settings, anAccountSettings({ accountId: ACCOUNT, ratePerSecond: 0.1, burst: 1 }));
    const requests = [aRequest(), aRequest(), aRequest()];
    for (const request of requests) await path.process(recordOf(request));
    const waits = path.publisher.of(TOPICS.delayed);
    expect(waits.map(({ reason, dueAt }) => [reason, dueAt - path.now()])).toEqual([
      ['rate_limited', 10_000],
      ['rate_limited', 20_000],
    ]);
    path.pass(10_000);
    const [first] = waits;
    if (first) await path.process(recordOf(first));
    expect(path.receiver.seen).toHaveLength(2);
  });

  it('is deferred as overflow if there is no room for it, unless it needs no call', async () => {
    await path[Symbol.asyncDispose]();
    path = await startRecordPath({ capacity: 0 });
    const [waits, cancelled] = [aRequest(), aRequest()];
    path.cancel(cancelled);
    await path.process(recordOf(waits));
    await path.process(recordOf(cancelled));
    expect(waitOf(waits.executionId)).toMatchObject({ reason: 'overflow', attempt: 1, deferrals: 1 });
    expect(outcomeOf(cancelled.executionId)).toMatchObject({ status: 'cancelled' });
    expect(path.receiver.seen).toEqual([]);
  });
});

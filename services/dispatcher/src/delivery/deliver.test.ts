import { expect, test } from '@jest/globals';
import { aWebhookDefinition, aWebhookRequested, anAccountSettings } from '@hookline/testkit/builders';
import type { Work } from '../intake/work.ts';
import { CallSlots } from '../queue/call-slots.ts';
import { createDeliver } from './deliver.ts';
import type { Verdict } from './verdict.ts';

const NOW = 1_800_000_000_000;
const ACCOUNT = 'account_1';
const OLD = 'https://example.com/old';
const NEW = 'https://example.com/new';
const DONE: Verdict = { kind: 'completed', status: 'success', failure: null, attempt: null, answer: null };

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function work(actionId: string, overrides: Partial<Work> = {}): Work {
  return {
    request: aWebhookRequested({ accountId: ACCOUNT, actionId }),
    context: {},
    acceptedAt: NOW,
    expiresAt: NOW + 3_600_000,
    attempt: 1,
    dueAt: NOW,
    reason: null,
    deferrals: 0,
    firstAttemptAt: null,
    receivedAt: NOW,
    traceparent: undefined,
    ...overrides,
  };
}

/** One call at a time to each endpoint; calls run until they are ended, circuits and rates let all of them through. */
function harness(urls: Record<string, string>) {
  const settings = anAccountSettings({ accountId: ACCOUNT, maxInFlightPerEndpoint: 1 });
  const running: { url: string; end: () => void }[] = [];
  const admitted: string[] = [];
  const deliver = createDeliver(
    {
      definitions: {
        definition: (actionId) =>
          aWebhookDefinition({ actionId, accountId: ACCOUNT, url: urls[actionId] ?? '' }),
        settings: () => settings,
        keysKnown: () => true,
      },
      commands: { isCancelled: () => false, watch: () => () => undefined },
      lateOutcomes: { has: () => false },
      slots: new CallSlots({
        most: 10,
        mostWaitingOfEndpoint: 10,
        mostWaitingOfAccount: 10,
        mostWaiting: 10,
        mostWaitingSize: 1_000_000,
        now: () => NOW,
      }),
      endpointStates: {
        refusal: () => null,
        admit: ({ endpoint }) => {
          admitted.push(endpoint);
          return { kind: 'call', probe: false, ended: () => undefined };
        },
      },
      makeAttempt: async (_work, { url }, turn) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        running.push({ url, end: resolve });
        await promise;
        turn.end(null);
        return DONE;
      },
      now: () => NOW,
    },
    { baseWaitMs: 5_000, defaultLimits: { account: 1, endpoint: 1 } },
  );
  return { running, admitted, deliver: (one: Work) => deliver(one, () => Promise.resolve(true)) };
}

test('a call whose action got another URL while it queued waits for its turn at that endpoint', async () => {
  const urls = { moved: OLD, other: NEW };
  const { running, admitted, deliver } = harness(urls);
  const deliveries = ['moved', 'other', 'moved'].map((actionId) => deliver(work(actionId)));
  await settled();
  expect(running.map(({ url }) => url)).toEqual([OLD, NEW]);

  urls.moved = `${NEW}?version=2`;
  running[0]?.end();
  await settled();
  expect(running).toHaveLength(2);

  running[1]?.end();
  await settled();
  expect(running.map(({ url }) => url)).toEqual([OLD, NEW, `${NEW}?version=2`]);
  expect(admitted).toEqual([OLD, NEW, NEW]);
  running[2]?.end();
  expect(await Promise.all(deliveries)).toEqual([DONE, DONE, DONE]);
});

test.each([
  { reason: null, waitsFor: 'not_before' },
  { reason: 'misrouted', waitsFor: 'not_before' },
  { reason: 'retry', waitsFor: 'retry' },
] as const)(
  'work before its time, there for $reason, waits on for $waitsFor',
  async ({ reason, waitsFor }) => {
    const { deliver } = harness({ action: OLD });
    const dueAt = NOW + 60_000;
    expect(await deliver(work('action', { reason, dueAt }))).toEqual({
      kind: 'deferred',
      reason: waitsFor,
      dueAt,
    });
  },
);

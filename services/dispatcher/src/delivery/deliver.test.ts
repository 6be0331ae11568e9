import { expect, test } from '@jest/globals';
import { aWebhookDefinition, aWebhookRequested, anAccountSettings } from '@hookline/testkit/builders';
import type { Later } from '../endpoint-state/endpoint-registry.ts';
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
    parkedBehind: null,
    overflowUntil: null,
    ...overrides,
  };
}

interface Circumstances {
  /** Of circuits and rates to the first calls that ask; they let all others through. */
  answers?: Later[];
  baseWaitMs?: number;
  now?: () => number;
  /** Calls end as soon as they run. */
  quick?: boolean;
}

/** No wait is so short that it is held in memory for that. */
const REAL_TIME = { baseWaitMs: 0, now: Date.now, quick: true };

/** One call at a time to each endpoint; calls run until they are ended. */
function harness(
  urls: Record<string, string>,
  { answers = [], baseWaitMs = 5_000, now = () => NOW, quick = false }: Circumstances = {},
) {
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
      slots: new CallSlots({ most: 10, now, rest: { begin: () => undefined, isRested: () => true } }),
      endpointStates: {
        refusal: () => null,
        admit: ({ endpoint }) => {
          admitted.push(endpoint);
          return answers.shift() ?? { kind: 'call', probe: false, ended: () => undefined };
        },
      },
      makeAttempt: async (_work, { url }, turn) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        running.push({ url, end: resolve });
        if (!quick) await promise;
        turn.end(null);
        return DONE;
      },
      now,
    },
    { baseWaitMs, defaultLimits: { account: 1, endpoint: 1 } },
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

test('a call that is told to wait here does not go through the lanes again, another one does', async () => {
  const [soon, then] = [Date.now() + 20, Date.now() + 60_000];
  const later = { kind: 'later', reason: 'rate_limited' } as const;
  const answers: Later[] = [
    { ...later, at: soon, here: true },
    { ...later, at: then, here: false },
  ];
  const { deliver } = harness({ action: OLD }, { ...REAL_TIME, answers });
  const [waited, deferred] = await Promise.all(
    answers.map(() => deliver(work('action', { dueAt: 0, expiresAt: then + 3_600_000 }))),
  );
  expect(waited).toEqual(DONE);
  expect(deferred).toEqual({ kind: 'deferred', reason: 'rate_limited', dueAt: then });
});

test('a call that is told again and again to come at a time that has passed leaves timers and sockets their turn', async () => {
  const again = { kind: 'later', reason: 'rate_limited', at: NOW - 1, here: true } as const;
  const answers: Later[] = Array.from({ length: 100 }, () => again);
  const { deliver } = harness({ action: OLD }, { answers, quick: true });
  let turns = 0;
  const count = (): void => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  expect(await deliver(work('action'))).toEqual(DONE);
  clearImmediate(counting);
  expect(answers).toEqual([]);
  expect(turns).toBeGreaterThanOrEqual(100 - 1);
});

test('a time that is not finite is not waited for: the work ends with an error', async () => {
  const never = { kind: 'later', reason: 'rate_limited', at: NaN, here: true } as const;
  const { deliver } = harness({ action: OLD }, { answers: [never] });
  await expect(deliver(work('action'))).rejects.toThrow('cannot wait until NaN');
});

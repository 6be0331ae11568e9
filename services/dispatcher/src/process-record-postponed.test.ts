import { expect, test } from '@jest/globals';
import { aWebhookDefinition, aWebhookRequested, anAccountSettings } from '@hookline/testkit/builders';
import type { AnswerRead } from '@hookline/webhook-call/evaluation/read-answer';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import { Admissions } from './admission/admissions.ts';
import type { Postponed } from './admission/endpoint-state/endpoint-registry.ts';
import { CallSlots } from './admission/slots/call-slots.ts';
import { CpuDebts } from './admission/slots/cpu-debts.ts';
import type { PendingAttempt } from './attempt/pending-attempt.ts';
import type { Delivery, Verdict } from './attempt/verdict.ts';
import { ExecutionWindow } from './idempotency/execution-window.ts';
import { Executions } from './idempotency/executions.ts';
import { processRecord } from './process-record.ts';
import type { Stages } from './stages.ts';
import { recordOf } from './testing/record-path.ts';

const NOW = 1_800_000_000_000;
const ACCOUNT = 'account_1';
const OLD = 'https://example.com/old';
const NEW = 'https://example.com/new';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function pending(actionId: string, overrides: Partial<PendingAttempt> = {}): PendingAttempt {
  return {
    request: aWebhookRequested({ accountId: ACCOUNT, actionId }),
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
    refusal: null,
    snapshot: null,
    ...overrides,
  };
}

interface Circumstances {
  /** Decisions of circuits and rate limits on the first calls; all other calls are admitted. */
  answers?: Postponed[];
  baseWaitMs?: number;
  now?: () => number;
  /** Whether calls end as soon as they start. */
  quick?: boolean;
}

/** Nothing was sent, so there is no response. */
const NO_ANSWER: AnswerRead = {
  request: null,
  response: null,
  completed: null,
  sampleData: null,
  mapped: { fields: {}, errors: {} },
};

/** The real clock, a base wait at which every wait counts as long, and calls that end immediately. */
const REAL_TIME = { baseWaitMs: 0, now: Date.now, quick: true };

/** Allows one call at a time to each endpoint; calls run until they are ended. */
function harness(
  urls: Record<string, string>,
  { answers = [], baseWaitMs = 5_000, now = () => NOW, quick = false }: Circumstances = {},
) {
  const settings = anAccountSettings({ accountId: ACCOUNT, maxInFlightPerEndpoint: 1 });
  const running: { url: string; end: () => void }[] = [];
  const admitted: string[] = [];
  const reservations: boolean[] = [];
  const window = new ExecutionWindow({ maxAgeMs: 60_000, maxExecutions: 100 });
  const slots = new CallSlots(
    { now, rest: { begin: () => undefined, isRested: () => true }, debts: new CpuDebts() },
    { maxInFlight: 10 },
  );
  const admissions = new Admissions(
    {
      slots,
      endpointStates: {
        refusal: () => null,
        admit: ({ endpoint }, _limits, { hasReservation }) => {
          admitted.push(endpoint);
          reservations.push(hasReservation);
          return answers.shift() ?? { kind: 'call', probe: false, finish: () => undefined };
        },
      },
      settingsOf: () => settings,
      watchCancel: () => () => undefined,
    },
    { defaultLimits: { account: 1, endpoint: 1 } },
  );

  const deliver = async (attempt: PendingAttempt): Promise<Delivery> => {
    let given: Verdict | undefined;
    const unexpected = (): never => {
      throw new Error('not expected here');
    };
    const stages: Stages = {
      readRecord: () => Promise.resolve({ kind: 'attempt', attempt }),
      executions: new Executions(
        { window, recall: { lookUp: () => Promise.resolve() }, now },
        { windowMs: Number.MAX_SAFE_INTEGER },
      ),
      quota: { verdict: () => null },
      gate: ({ request: { actionId } }) => ({
        kind: 'call',
        definition: aWebhookDefinition({ actionId, accountId: ACCOUNT, url: urls[actionId] ?? '' }),
      }),
      admissions,
      render: () => ({ kind: 'refused', errorType: 'render_error', detail: 'made' }),
      sendAttempt: async (_attempt, definition) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        running.push({ url: definition.url, end: resolve });
        if (!quick) await promise;
        const result = { kind: 'refused', errorType: 'render_error', detail: 'made' } as const;
        const exchange = { request: null, result, resend: false } as const;
        return {
          kind: 'sent',
          definition,
          exchange,
          startedAt: NOW,
          endedAt: NOW,
        };
      },
      readAnswer: () => NO_ANSWER,
      settle: (_attempt, verdict) => {
        given = verdict;
        return Promise.resolve(true);
      },
      setAside: {
        unidentified: unexpected,
        unreadable: unexpected,
        refused: unexpected,
        failed: (_record, _attempt, { error }) => Promise.reject(error),
      },
      reroute: unexpected,
      isCancelled: () => false,
      isEndedByCommand: () => false,
      metrics: { skipped: { inc: unexpected } },
      now,
      times: () => ({ now: now(), baseWaitMs }),
      random: () => 0,
    };
    await processRecord(stages, recordOf(attempt.request), attempt, () => Promise.resolve(true));
    if (!given) throw new Error('no verdict was given');
    return given;
  };
  return { running, admitted, reservations, deliver };
}

/** Verdict on a call that was made, not postponed. */
const MADE = expect.objectContaining({ failure: failureOf('render_error', 'made') });

test('a queued call waits for its turn at the new endpoint if its action gets another URL', async () => {
  const urls = { moved: OLD, other: NEW };
  const { running, admitted, deliver } = harness(urls);
  const deliveries = ['moved', 'other', 'moved'].map((actionId) => deliver(pending(actionId)));
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
  expect(await Promise.all(deliveries)).toEqual([MADE, MADE, MADE]);
});

test('a call that is postponed in memory does not go through the lanes, but other postponed calls do', async () => {
  const [soon, then] = [Date.now() + 20, Date.now() + 60_000];
  const postponed = { kind: 'postponed', reason: 'rate_limited' } as const;
  const answers: Postponed[] = [
    { ...postponed, until: soon, waitInMemory: true },
    { ...postponed, until: then, waitInMemory: false },
  ];
  const { deliver } = harness({ action: OLD }, { ...REAL_TIME, answers });
  const [waited, deferred] = await Promise.all(
    answers.map(() => deliver(pending('action', { dueAt: 0, expiresAt: then + 3_600_000 }))),
  );
  expect(waited).toEqual(MADE);
  expect(deferred).toEqual({ kind: 'deferred', reason: 'rate_limited', dueAt: then });
});

test('a call that is repeatedly postponed to a past time does not starve timers and sockets', async () => {
  const again = { kind: 'postponed', reason: 'rate_limited', until: NOW - 1, waitInMemory: true } as const;
  const answers: Postponed[] = Array.from({ length: 100 }, () => again);
  const { deliver } = harness({ action: OLD }, { answers, quick: true });
  let turns = 0;
  const count = (): void => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  expect(await deliver(pending('action'))).toEqual(MADE);
  clearImmediate(counting);
  expect(answers).toEqual([]);
  expect(turns).toBeGreaterThanOrEqual(100 - 1);
});

test('a postponed call keeps its reservation when it returns', async () => {
  const again = { kind: 'postponed', reason: 'rate_limited', until: NOW - 1, waitInMemory: true } as const;
  const { reservations, deliver } = harness({ action: OLD }, { answers: [again], quick: true });
  expect(await deliver(pending('action'))).toEqual(MADE);
  expect(await deliver(pending('action', { reason: 'circuit_open' }))).toEqual(MADE);
  expect(reservations).toEqual([false, true, true]);
});

test('a reservation is not valid at another endpoint', async () => {
  const urls = { action: OLD };
  const { running, reservations, deliver } = harness(urls);
  const first = deliver(pending('action'));
  const moved = deliver(pending('action', { reason: 'rate_limited' }));
  await settled();
  urls.action = NEW;
  running[0]?.end();
  await settled();
  running[1]?.end();
  expect(await Promise.all([first, moved])).toEqual([MADE, MADE]);
  expect(reservations).toEqual([false, false]);
});

test('an attempt that is postponed to a time that is not finite fails instead of waiting', async () => {
  const never = { kind: 'postponed', reason: 'rate_limited', until: NaN, waitInMemory: true } as const;
  const { deliver } = harness({ action: OLD }, { answers: [never] });
  await expect(deliver(pending('action'))).rejects.toThrow('cannot wait until NaN');
});

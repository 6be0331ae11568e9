import { describe, expect, test } from '@jest/globals';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { MAX_AHEAD_MS, type Rate } from '@hookline/shared/runtime/gcra';
import { burstSeen } from '@hookline/testkit/burst-seen';
import * as fc from 'fast-check';
import { CallRate } from './call-rate.ts';
import { requestStart, type LimitLevels, reserveStart, TIMER_MS } from './rated-start.ts';

const START = 1_800_000_000_000;
const NONE: LimitLevels = { account: null, endpoint: null };

function level(perSecond: number, burst = 1): { state: CallRate; rate: Rate } {
  return { state: new CallRate(), rate: { perSecond, burst } };
}

function ask(levels: LimitLevels, now: number, hasReservation = false) {
  return requestStart(levels, { now: START + now, hasReservation });
}

function later(at: number) {
  return { kind: 'postponed', until: START + at, waitInMemory: false };
}

function inMemory(at: number) {
  return { ...later(at), waitInMemory: true };
}

const GO = { kind: 'go' };

describe('a call', () => {
  test.each([false, true])(
    'starts immediately if there are no limits (with a reservation: %s)',
    (hasReservation) => {
      expect(ask(NONE, 0, hasReservation)).toEqual(GO);
    },
  );

  test('reserves the next start time if it would exceed the rate, and starts then', () => {
    const levels = { account: null, endpoint: level(10) };
    expect(ask(levels, 0)).toEqual(GO);
    expect(ask(levels, 0)).toEqual(later(100));
    expect(ask(levels, 0)).toEqual(later(200));
    expect(ask(levels, 100, true)).toEqual(GO);
    expect(ask(levels, 200, true)).toEqual(GO);
  });

  test('does not overtake calls that have reserved a start time', () => {
    const levels = { account: null, endpoint: level(10) };
    ask(levels, 0);
    ask(levels, 0);
    expect(ask(levels, 100)).toEqual(later(200));
    expect(ask(levels, 100, true)).toEqual(GO);
  });

  test('gets the later of the two limits’ start times', () => {
    const levels = { account: level(2), endpoint: level(10) };
    expect(ask(levels, 0)).toEqual(GO);
    expect(ask(levels, 0)).toEqual(later(500));
    const other = { account: level(10), endpoint: level(2) };
    expect(ask(other, 0)).toEqual(GO);
    expect(ask(other, 0)).toEqual(later(500));
  });

  test('is not counted by one limit if the other limit postpones it', () => {
    const account = level(10, 5);
    const full = { account, endpoint: level(0.001) };
    ask(full, 0);
    const startsTat = account.state.starts.tat;
    ask(full, 0);
    expect(account.state.starts.tat).toBe(startsTat);
  });

  test('waits for its turn if its start time was taken, or gets a new start time if its turn is far off', () => {
    const levels = { account: null, endpoint: level(10) };
    // Eight calls with reservations arrive at the same time after an outage.
    const answers = Array.from({ length: 8 }, () => ask(levels, 10_000, true));
    const inTurn = [10_100, 10_200, 10_300, 10_400, 10_500].map((at) => inMemory(at - TIMER_MS));
    expect(answers.slice(0, 6)).toEqual([GO, ...inTurn]);
    expect(answers.slice(6)).toEqual([10_100, 10_200].map((at) => later(at - TIMER_MS)));
  });
});

test('a call whose start time was taken waits in memory for the later of the two limits’ turns', () => {
  const levels = { account: level(10), endpoint: level(100) };
  const answers = [1, 2, 3].map(() => ask(levels, 10_000, true));
  expect(answers).toEqual([GO, inMemory(10_100 - TIMER_MS), inMemory(10_200 - TIMER_MS)]);
});

test('a call waits in memory for at most half a second', () => {
  const returning = (lastAskedAt: number) => {
    const levels = { account: null, endpoint: level(5) };
    for (let call = 0; call < 3; call++) ask(levels, 10_000, true);
    return ask(levels, lastAskedAt, true);
  };
  expect(returning(10_100 - TIMER_MS)).toEqual(inMemory(10_600 - TIMER_MS));
  expect(returning(10_099 - TIMER_MS)).toMatchObject({ waitInMemory: false });
});

test('raising the rate moves earlier reservations closer together, so that a later reservation waits less', () => {
  const { state } = level(0.1);
  const levels = (perSecond: number) => ({
    account: null,
    endpoint: { state, rate: { perSecond, burst: 1 } },
  });
  for (let call = 0; call < 100; call++) reserveStart(levels(0.1), START, START);
  expect(reserveStart(levels(100), START, START)).toBe(START + 1_000);
});

test('a long queue at one endpoint does not delay the other endpoints of its account', () => {
  const account = level(100);
  const slow = { account, endpoint: level(1) };
  const answers = Array.from({ length: 1_000 }, () => ask(slow, 0));
  expect(answers.at(-1)).toEqual(later(999_000));
  // Each reservation costs the account only one call.
  expect(ask({ account, endpoint: level(1) }, 0)).toEqual(later(10_000));
});

test('raising the rate moves reserved start times closer together, so later calls wait less; lowering it moves none', () => {
  const endpoint = level(0.1);
  for (let i = 0; i < 100; i++) ask({ account: null, endpoint }, 0);
  const raised = { account: null, endpoint: { state: endpoint.state, rate: { perSecond: 100, burst: 1 } } };
  expect(ask(raised, 10_000)).toEqual(later(10_990));
  const lowered = { account: null, endpoint: { state: endpoint.state, rate: { perSecond: 1, burst: 1 } } };
  expect(ask(lowered, 10_000)).toEqual(later(11_000));
});

test('a reserved start time is the given time or later, and counts as one call of the account', () => {
  const levels = { account: level(10), endpoint: level(2) };
  expect(reserveStart(levels, START, START + 60_000)).toBe(START + 60_000);
  expect(reserveStart(levels, START, START + 60_000)).toBe(START + 60_500);
  expect(levels.account.state.reserved.tat).toBe(START + 200);
});

test('a snapshot keeps starts and reservations', () => {
  const endpoint = level(10);
  for (let i = 0; i < 5; i++) ask({ account: null, endpoint }, 0);
  const restored = { state: new CallRate(endpoint.state.snapshot()), rate: endpoint.rate };
  expect(ask({ account: null, endpoint: restored }, 50)).toEqual(later(500));
  expect(restored.state.busyUntil).toBe(START + 600);
});

interface WaitingCall {
  at: number;
  endpoint: number;
  hasReservation: boolean;
}

/**
 * Lateness of returning calls, in ms. A timer delays the calls that waited in memory; the lanes delay all other calls.
 */
interface Lateness {
  inMemory: () => number;
  lanes: () => number;
}

/** Lets calls return until all have started. */
function run(
  arrivals: Omit<WaitingCall, 'hasReservation'>[],
  levelsOf: (endpoint: number) => LimitLevels,
  late: Lateness,
) {
  const waiting: WaitingCall[] = arrivals.map((one) => ({ ...one, hasReservation: false }));
  const starts: { at: number; endpoint: number }[] = [];
  const answers = { inMemory: 0, lanes: 0 };
  while (waiting.length > 0) {
    waiting.sort((a, b) => b.at - a.at);
    const one = waiting.pop() as WaitingCall;
    const { at, endpoint, hasReservation } = one;
    const answer = requestStart(levelsOf(endpoint), { now: at, hasReservation });
    if (answer.kind === 'go') starts.push({ at, endpoint });
    else {
      const way = answer.waitInMemory ? 'inMemory' : 'lanes';
      answers[way]++;
      waiting.push({ at: answer.until + late[way](), endpoint, hasReservation: true });
    }
  }
  return { starts, answers };
}

const limit = fc.option(
  fc.record({ perSecond: fc.integer({ min: 1, max: 200 }), burst: fc.integer({ min: 1, max: 5 }) }),
);

test('however calls arrive and return, they all start, and exceed a limit by at most what it allows in TIMER_MS', () => {
  const arrivals = fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 3_000 }), endpoint: fc.integer({ min: 0, max: 2 }) }),
    { maxLength: 150 },
  );
  const lateness = (maxMs: number) => fc.infiniteStream(fc.integer({ min: 0, max: maxMs }));
  fc.assert(
    fc.property(
      arrivals,
      limit,
      fc.array(limit, { minLength: 3, maxLength: 3 }),
      fc.record({ timers: lateness(3), lanes: lateness(700) }),
      (calls, of, each, { timers, lanes }) => {
        const account = of && { state: new CallRate(), rate: of };
        const endpoints = each.map((rate) => rate && { state: new CallRate(), rate });
        const levelsOf = (endpoint: number): LimitLevels => ({
          account,
          endpoint: endpoints[endpoint] ?? null,
        });
        const { starts } = run(calls, levelsOf, {
          inMemory: () => timers.next().value ?? 0,
          lanes: () => lanes.next().value ?? 0,
        });
        expect(starts).toHaveLength(calls.length);
        const limits = [{ rate: of, of: starts }].concat(
          each.map((rate, i) => ({ rate, of: starts.filter(({ endpoint }) => endpoint === i) })),
        );
        const exceeded = limits.filter(({ rate, of: own }) => {
          const times = own.map(({ at }) => at);
          return rate && burstSeen(times, rate.perSecond) > rate.burst + (rate.perSecond * TIMER_MS) / 1_000;
        });
        expect(exceeded).toEqual([]);
      },
    ),
  );
});

test('calls that arrive at twice the rate for a minute go through the lanes once, and all start at the rate', () => {
  const endpoint = level(50);
  const calls = Array.from({ length: 6_000 }, (_call, i) => ({ at: START + i * 10, endpoint: 0 }));
  let turn = 0;
  const { starts, answers } = run(calls, () => ({ account: null, endpoint }), {
    inMemory: () => turn % 3,
    lanes: () => (turn = (turn + 7_919) % 300),
  });
  expect(starts).toHaveLength(6_000);
  expect(answers.lanes).toBeLessThanOrEqual(6_000);
  expect(answers.inMemory).toBeLessThanOrEqual(6_000);
  const seconds = ((starts.at(-1)?.at ?? 0) - START) / 1_000;
  expect(6_000 / seconds).toBeGreaterThan(49);
});

describe('an arbitrary rate', () => {
  /** Every double, including NaN and the infinities. */
  const anyRate = fc.record({ perSecond: fc.double(), burst: fc.oneof(fc.double(), fc.integer()) });
  const restored = fc.double({ min: 0, max: LIMITS.time.max, noNaN: true });
  const anyLevel = fc.option(
    fc
      .record({ rate: anyRate, startsTat: restored, reservedTat: restored })
      .map(({ rate, ...state }) => ({ state: new CallRate(state), rate })),
  );
  const tiny = (perSecond: number): LimitLevels => ({
    account: null,
    endpoint: { state: new CallRate(), rate: { perSecond, burst: 1 } },
  });
  /** Latest possible start time: an account may be far ahead of the clock, and its endpoint far ahead of the account. */
  const FURTHEST_MS = 3 * MAX_AHEAD_MS;

  test('gives each call a finite, whole start time, neither in the past nor after the latest possible', () => {
    fc.assert(
      fc.property(
        fc.record({ account: anyLevel, endpoint: anyLevel }),
        fc.array(fc.record({ pauseMs: fc.nat(1_000), hasReservation: fc.boolean(), open: fc.boolean() }), {
          minLength: 1,
          maxLength: 30,
        }),
        (levels, calls) => {
          let now = START;
          for (const { pauseMs, hasReservation, open } of calls) {
            now += pauseMs;
            const answer = requestStart(levels, { now, hasReservation });
            const at = open
              ? reserveStart(levels, now, now + 300_000)
              : answer.kind === 'go'
                ? now
                : answer.until;
            expect(Number.isSafeInteger(at)).toBe(true);
            expect(at).toBeGreaterThanOrEqual(now);
            expect(at).toBeLessThanOrEqual(now + FURTHEST_MS);
          }
        },
      ),
      { numRuns: 2_000, examples: [[tiny(5e-324), [{ pauseMs: 0, hasReservation: false, open: false }]]] },
    );
  });

  test('is applied unchanged if it is the lowest that validation accepts', () => {
    const slow = tiny(LIMITS.ratePerSecond.min);
    expect(requestStart(slow, { now: START, hasReservation: false })).toEqual(GO);
    expect(ask(slow, 0)).toEqual(later(1_000 / LIMITS.ratePerSecond.min));
  });
});

test.each([
  ['its stored times if they are near', 1, MAX_AHEAD_MS - 1],
  ['times no further ahead than the furthest start time', MAX_AHEAD_MS + 1, 10 ** 13],
])('a restored state has %s', (_, startsAhead, reservedAhead) => {
  const stored = { startsTat: START + startsAhead, reservedTat: START + reservedAhead };
  expect(CallRate.restored(stored, START).snapshot()).toEqual({
    startsTat: START + Math.min(startsAhead, MAX_AHEAD_MS),
    reservedTat: START + Math.min(reservedAhead, MAX_AHEAD_MS),
  });
});

test('a restored state with times far ahead postpones no call for longer than an hour', () => {
  const state = { startsTat: START + 10 ** 13, reservedTat: START + 10 ** 13 };
  const endpoint = { state: new CallRate(state), rate: { perSecond: 10, burst: 1 } };
  expect(ask({ account: null, endpoint }, 0)).toEqual(later(3_600_000));
});

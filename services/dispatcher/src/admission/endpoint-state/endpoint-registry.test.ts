import { describe, expect, test } from '@jest/globals';
import { type EndpointState, readEndpointStates } from '@hookline/shared/contracts/endpoint-state';
import { LIMITS } from '@hookline/shared/contracts/limits';
import * as fc from 'fast-check';
import { circuitOptions } from '../circuit/circuit-options.ts';
import {
  type AdmittedCall,
  type BreakerChange,
  EndpointRegistry,
  type Postponed,
} from './endpoint-registry.ts';
import type { RateLimits } from '../rate-limit/rate-limits.ts';

const START = 1_800_000_000_000;
const NONE = { account: null, endpoint: null };
const HOOK = { accountId: 'a', endpoint: 'https://example.com/hook' };
const OTHER = { accountId: 'a', endpoint: 'https://example.com/other' };
const NO_RESERVATION = { hasReservation: false };

function registryAt(maxEndpoints = 100, maxEndpointsPerAccount = maxEndpoints) {
  let now = START;
  let stepBack = 0;
  const changes: BreakerChange[] = [];
  const used: string[] = [];
  const registry = new EndpointRegistry(
    {
      now: () => (now -= stepBack),
      onChange: (change) => changes.push(change),
      onUse: ({ id }) => used.push(id.endpoint),
    },
    {
      circuit: circuitOptions(5_000),
      recovery: { perSecond: 100, burst: 1 },
      idleMs: 600_000,
      maxEndpoints,
      maxEndpointsPerAccount,
    },
  );
  const admitted = (id = HOOK, limits: RateLimits = NONE): AdmittedCall => {
    const answer = registry.admit(id, limits, NO_RESERVATION);
    if (answer.kind === 'postponed') throw new Error(`${answer.reason} until ${answer.until}`);
    return answer;
  };
  const failing = (id = HOOK): void => {
    for (let i = 0; i < 10; i++) admitted(id).finish('timeout_error');
  };
  return {
    registry,
    changes,
    used,
    admitted,
    failing,
    pass: (ms: number): void => void (now += ms),
    /** Makes each further reading of the clock a millisecond earlier than the previous reading. */
    goBack: (): void => void (stepBack = 1),
  };
}

function later(reason: Postponed['reason'], at: number): Postponed {
  return { kind: 'postponed', reason, until: START + at, waitInMemory: false };
}

describe('circuits', () => {
  test('are separate for each endpoint of each account', () => {
    const { registry, failing } = registryAt();
    failing();
    expect(registry.admit(HOOK, NONE, NO_RESERVATION).kind).toBe('postponed');
    expect(registry.admit(OTHER, NONE, NO_RESERVATION).kind).toBe('call');
    expect(registry.admit({ ...HOOK, accountId: 'b' }, NONE, NO_RESERVATION).kind).toBe('call');
    expect(registry.notClosed).toBe(1);
  });

  test('report each change with its endpoint and reason', () => {
    const { changes, failing } = registryAt();
    failing();
    expect(changes).toMatchObject([{ ...HOOK, from: 'closed', to: 'open', reason: 'failures_in_a_row' }]);
  });

  test('stay closed after errors that are not failures of the endpoint', () => {
    const { registry, admitted } = registryAt();
    for (const errorType of [
      'client_error',
      'rate_limited',
      'response_error',
      'destination_blocked',
    ] as const) {
      for (let i = 0; i < 30; i++) admitted().finish(errorType);
    }
    expect(registry.notClosed).toBe(0);
  });

  test('postpone calls to the next probe and later, one after another at the rate of the endpoint', () => {
    const { registry, failing } = registryAt();
    failing();
    const limits = { account: null, endpoint: { perSecond: 2, burst: 1 } };
    const postponed = [1, 2, 3].map(() => registry.refusal(HOOK, limits));
    expect(postponed).toEqual([10_000, 10_500, 11_000].map((at) => later('circuit_open', at)));
    failing(OTHER);
    const unlimited = [1, 2].map(() => registry.refusal(OTHER, NONE));
    expect(unlimited).toEqual([10_000, 10_010].map((at) => later('circuit_open', at)));
  });

  test('do not use up the account’s rate with calls that wait for an endpoint that is down', () => {
    const { registry, failing, admitted } = registryAt();
    failing();
    const limits = { account: { perSecond: 1, burst: 1 }, endpoint: null };
    for (let i = 0; i < 100; i++) registry.admit(HOOK, limits, NO_RESERVATION);
    expect(admitted(OTHER, limits).kind).toBe('call');
  });

  test.each([0, 1, 2, 3])(
    'decide by a single reading of the clock, even if it goes back %i ms after the probe is due',
    (ms) => {
      const { registry, changes, failing, pass, goBack } = registryAt();
      failing();
      pass((changes[0]?.nextProbeAt ?? 0) - START + ms);
      goBack();
      expect(() => registry.admit(HOOK, NONE, NO_RESERVATION)).not.toThrow();
    },
  );

  test('do not spend a probe on a call that the rate limit postpones', () => {
    const { registry, failing, pass } = registryAt();
    failing();
    pass(10_000);
    const account = { perSecond: 1, burst: 1 };
    expect(registry.admit(OTHER, { account, endpoint: null }, NO_RESERVATION).kind).toBe('call');
    expect(registry.admit(HOOK, { account, endpoint: null }, NO_RESERVATION)).toEqual(
      later('rate_limited', 11_000),
    );
    expect(registry.admit(HOOK, NONE, NO_RESERVATION)).toMatchObject({ kind: 'call', probe: true });
  });
});

test('a rate limit reserves the next slot', () => {
  const { registry, pass } = registryAt();
  const limits = { account: null, endpoint: { perSecond: 1, burst: 1 } };
  expect(registry.admit(HOOK, limits, NO_RESERVATION).kind).toBe('call');
  expect(registry.admit(HOOK, limits, NO_RESERVATION)).toEqual(later('rate_limited', 1_000));
  pass(1_000);
  expect(registry.admit(HOOK, limits, { hasReservation: true }).kind).toBe('call');
});

describe('memory', () => {
  test('forgets idle endpoints, but keeps every opening and reservation until it is over', () => {
    const { registry, failing, admitted, pass } = registryAt();
    admitted().finish(null);
    failing(OTHER);
    const slow = { accountId: 'b', endpoint: 'https://example.com/slow' };
    const limits = { account: null, endpoint: { perSecond: 0.001, burst: 1 } };
    registry.admit(slow, limits, NO_RESERVATION);
    registry.forgetIdle();
    expect(registry.size).toBe(3);
    pass(600_001);
    registry.forgetIdle();
    expect(registry.size).toBe(2);
    pass(10_000);
    registry.forgetIdle();
    expect([registry.size, registry.notClosed]).toEqual([1, 0]);
    pass(1_000_000);
    registry.forgetIdle();
    expect(registry.size).toBe(0);
  });

  test('is bounded: the endpoint unused for longest is forgotten first', () => {
    const { registry, admitted, failing } = registryAt(2);
    failing();
    admitted(OTHER);
    registry.refusal(HOOK, NONE);
    admitted({ accountId: 'b', endpoint: 'https://example.com/third' });
    expect([registry.size, registry.notClosed]).toEqual([2, 1]);
    expect(registry.admit(HOOK, NONE, NO_RESERVATION).kind).toBe('postponed');
  });

  const theirs = (accountId: string, i: number) => ({ accountId, endpoint: `https://example.com/${i}` });

  test('for a new endpoint comes from its own account if that account has many endpoints, not from others', () => {
    const { registry, failing, admitted } = registryAt(100, 10);
    failing();
    for (let i = 0; i < 1_000; i++) admitted(theirs('b', i));
    expect(registry.size).toBe(11);
    expect(registry.admit(HOOK, NONE, NO_RESERVATION).kind).toBe('postponed');
  });

  test('is taken from the account that has the most endpoints when all places are used', () => {
    const { registry, failing, admitted } = registryAt(20, 10);
    failing();
    for (const accountId of ['b', 'c', 'd']) {
      for (let i = 0; i < 50; i++) admitted(theirs(accountId, i));
    }
    expect(registry.size).toBe(20);
    // The account with few endpoints keeps its open circuit, although that endpoint was unused for longest, and its
    // next endpoint gets a place.
    expect(registry.admit(HOOK, NONE, NO_RESERVATION).kind).toBe('postponed');
    failing(OTHER);
    expect([registry.size, registry.notClosed]).toEqual([20, 2]);
  });

  test('is taken from the endpoint unused for longest if all accounts have the same number of endpoints', () => {
    const { registry, failing, admitted } = registryAt(3);
    failing();
    for (const accountId of ['b', 'c']) admitted(theirs(accountId, 1));
    registry.refusal(HOOK, NONE);
    for (const accountId of ['d', 'e']) admitted(theirs(accountId, 1));
    expect([registry.size, registry.notClosed]).toEqual([3, 1]);
  });

  test('is bounded for a restored account too', () => {
    const { registry, failing } = registryAt(100, 10);
    failing();
    const rate = { startsTat: 0, reservedTat: 0 };
    const breaker = { state: 'closed', consecutiveFailures: 0, calls: 0, failures: 0 } as const;
    const one = { version: 1, epoch: 1, updatedAt: START, breaker, rate, inFlight: 0, waiting: 0 };
    const endpoints = new Map(Array.from({ length: 500 }, (_, i) => [theirs('b', i).endpoint, one]));
    registry.restore('b', { account: null, endpoints }, registry.beginTenure(['b']));
    expect([registry.size, registry.notClosed]).toEqual([11, 1]);
  });
});

describe('tenures', () => {
  const state: EndpointState = {
    version: 1,
    epoch: 1,
    updatedAt: START,
    breaker: {
      state: 'open',
      consecutiveFailures: 10,
      openedAt: START,
      nextProbeAt: START + 10_000,
      waitMs: 10_000,
    },
    rate: { startsTat: 0, reservedTat: 0 },
    inFlight: 0,
    waiting: 0,
  };
  const account = {
    version: 1,
    epoch: 1,
    updatedAt: START,
    rate: { startsTat: 0, reservedTat: START + 5_000 },
  };

  test('continue from the state that the previous owner left', () => {
    const { registry } = registryAt();
    const epoch = registry.beginTenure(['a']);
    registry.restore('a', { account, endpoints: new Map([[HOOK.endpoint, state]]) }, epoch);
    expect(registry.notClosed).toBe(1);
    expect(registry.admit(HOOK, NONE, NO_RESERVATION)).toEqual(later('circuit_open', 10_000));
    const limits = { account: { perSecond: 1, burst: 1 }, endpoint: null };
    expect(registry.admit(OTHER, limits, NO_RESERVATION)).toEqual(later('rate_limited', 5_000));
  });

  /** Every double, as text that JSON accepts; `1e999` is read as Infinity. */
  const anyNumber = fc.oneof(
    fc.double().map((value) => (Number.isFinite(value) ? String(value) : `${value < 0 ? '-' : ''}1e999`)),
    fc.integer({ min: 0, max: 100 }).map(String),
    fc.integer({ min: START - 100_000, max: START + 10 ** 12 }).map(String),
    fc.constantFrom(String(Number.MAX_SAFE_INTEGER), String(LIMITS.time.max), '1e308'),
  );
  const anyRate = fc.tuple(anyNumber, anyNumber).map(([a, b]) => `{"startsTat":${a},"reservedTat":${b}}`);
  const anyBreaker = fc
    .record({
      state: fc.constantFrom('closed', 'open', 'half_open'),
      numbers: fc.array(anyNumber, { minLength: 7, maxLength: 7 }),
    })
    .map(({ state: name, numbers }) => {
      const fields = [
        'consecutiveFailures',
        'calls',
        'failures',
        'openedAt',
        'nextProbeAt',
        'waitMs',
        'successes',
      ];
      return `{"state":"${name}",${fields.map((field, i) => `"${field}":${numbers[i]}`).join()}}`;
    });
  const written = `"version":1,"epoch":1,"updatedAt":${START}`;

  test('do not postpone a call beyond a bound, whatever numbers Redis contained', () => {
    let restoredRates = 0;
    fc.assert(
      fc.property(anyRate, anyRate, anyBreaker, (ofAccount, ofEndpoint, breaker) => {
        const { registry } = registryAt();
        const stored = readEndpointStates(
          [
            ['account', `{${written},"rate":${ofAccount}}`],
            [
              HOOK.endpoint,
              `{${written},"rate":${ofEndpoint},"breaker":${breaker},"inFlight":0,"waiting":0}`,
            ],
          ],
          START,
        );
        if (stored.account || stored.endpoints.size > 0) restoredRates++;
        registry.restore('a', stored, registry.beginTenure(['a']));
        const rate = { perSecond: 1, burst: 10 };
        const answer = registry.admit(HOOK, { account: rate, endpoint: rate }, NO_RESERVATION);
        const until = answer.kind === 'postponed' ? answer.until : START;
        expect(Number.isSafeInteger(until)).toBe(true);
        // A restored state postpones a call by up to an hour, once for the account and once for the endpoint.
        expect(until).toBeLessThanOrEqual(START + 2 * 3_600_000 + 300_000);
        if (answer.kind === 'call') answer.finish('timeout_error');
      }),
      { numRuns: 2_000 },
    );
    expect(restoredRates).toBeGreaterThan(100);
  });

  test('eventually forget an endpoint, even if Redis contained slots that are reserved forever', () => {
    const { registry, pass } = registryAt();
    const forever = { startsTat: LIMITS.time.max, reservedTat: LIMITS.time.max };
    const closed = { state: 'closed', consecutiveFailures: 0, calls: 0, failures: 0 } as const;
    const endpoints = new Map([[HOOK.endpoint, { ...state, breaker: closed, rate: forever }]]);
    registry.restore('a', { account: null, endpoints }, registry.beginTenure(['a']));
    pass(31 * 86_400_000);
    registry.forgetIdle();
    expect(registry.size).toBe(0);
  });

  test('discard the state of the previous tenure and ignore the results of its calls', () => {
    const { registry, failing, admitted, changes } = registryAt();
    const calls = Array.from({ length: 10 }, () => admitted(OTHER));
    failing();
    registry.beginTenure(['a']);
    expect([registry.size, registry.notClosed]).toEqual([0, 0]);
    for (const call of calls) call.finish('timeout_error');
    expect(registry.admit(OTHER, NONE, NO_RESERVATION).kind).toBe('call');
    expect(changes).toHaveLength(1);
  });

  test('have increasing epochs, even within a millisecond', () => {
    const { registry } = registryAt();
    const first = registry.beginTenure([]);
    expect(registry.beginTenure([])).toBeGreaterThan(first);
  });
});

test('the registry reports every use of an endpoint, and the end of each call', () => {
  const { used, admitted } = registryAt();
  const call = admitted();
  used.length = 0;
  call.finish(null);
  expect(used).toEqual([HOOK.endpoint]);
});

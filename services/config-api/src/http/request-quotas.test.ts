/** Token buckets of the API and their headers. Pure. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import { RequestQuotas } from './request-quotas.ts';
import { type QuotaPolicy, quotaPolicies } from './request-rates.ts';

const START = 1_800_000_000_000;
const rates = { apiRequestsPerSecond: 200, definitionChangesPerSecond: 20, executionsPerSecond: 500 };
const caller = { kind: 'account', accountId: 'a', keyId: 'k1', scopes: [], rates } as const;

const policy = (perSecond: number, burst: number, ownerId = 'a'): QuotaPolicy => ({
  name: 'account',
  ownerId,
  rate: { perSecond, burst },
});

describe('the quotas of a request', () => {
  test('are those of its key and account, and one more if it changes a definition; an execution has its own quota', () => {
    const named = (kind: Parameters<typeof quotaPolicies>[1]): unknown[] =>
      quotaPolicies(caller, kind).map(({ name, ownerId, rate }) => [
        name,
        ownerId,
        rate.perSecond,
        rate.burst,
      ]);
    const key = ['key', 'k1', 100, 1_000];
    const account = ['account', 'a', 200, 2_000];
    expect(named('request')).toEqual([key, account]);
    expect(named('definition change')).toEqual([key, account, ['definition-changes', 'a', 20, 200]]);
    expect(named('execution')).toEqual([['executions', 'a', 500, 5_000]]);
  });

  test('admit the burst immediately, then the rate', () => {
    const quotas = new RequestQuotas({ maxBuckets: 10 });
    const admitted = (now: number): boolean => quotas.take([policy(10, 3)], now).refusal === null;
    expect([1, 2, 3, 4].map(() => admitted(START))).toEqual([true, true, true, false]);
    expect(quotas.take([policy(10, 3)], START).refusal).toEqual({ name: 'account', waitMs: 100 });
    expect([admitted(START + 99), admitted(START + 100), admitted(START + 100)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test('admit no more than burst and rate in any window, whatever the pattern of requests', () => {
    const arbitraryRate = fc.record({
      perSecond: fc.integer({ min: 1, max: 500 }),
      burst: fc.integer({ min: 1, max: 100 }),
    });
    const pauses = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 300 });
    fc.assert(
      fc.property(arbitraryRate, pauses, (rate, pausesMs) => {
        const quotas = new RequestQuotas({ maxBuckets: 10 });
        let now = START;
        const admittedAt = pausesMs.flatMap((pauseMs) => {
          now += pauseMs;
          return quotas.take([policy(rate.perSecond, rate.burst)], now).refusal ? [] : [now];
        });
        for (const [first, from] of admittedAt.entries()) {
          for (const [last, to] of admittedAt.entries()) {
            const allowed = rate.burst + ((to - from) * rate.perSecond) / 1_000;
            expect(last - first + 1).toBeLessThanOrEqual(Math.max(allowed, 0) + 0.01);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('are not changed by a request that one of them refuses', () => {
    const quotas = new RequestQuotas({ maxBuckets: 10 });
    const both = [policy(1, 1, 'small'), policy(10, 10, 'large')];
    quotas.take(both, START);
    for (let i = 0; i < 100; i++) expect(quotas.take(both, START).refusal?.waitMs).toBe(1_000);
    expect(quotas.look([policy(10, 10, 'large')], START).levels[0]?.remaining).toBe(9);
  });

  test('are separate for each owner, and are not changed by `look`', () => {
    const quotas = new RequestQuotas({ maxBuckets: 10 });
    const a = [policy(1, 2, 'a')];
    for (let i = 0; i < 10; i++) expect(quotas.look(a, START).refusal).toBeNull();
    for (let i = 0; i < 10; i++) quotas.take(a, START);
    expect(quotas.look(a, START).refusal).not.toBeNull();
    expect(quotas.take([policy(1, 2, 'b')], START).refusal).toBeNull();
  });

  test('of an owner are kept while the buckets of all owners fit', () => {
    const quotas = new RequestQuotas({ maxBuckets: 3 });
    const flood = [policy(1, 1, 'flood')];
    quotas.take(flood, START);
    for (let i = 0; i < 2; i++) quotas.take([policy(1, 1, `other ${i}`)], START);
    expect(quotas.take(flood, START).refusal).not.toBeNull();
  });

  test('apply a changed rate to the next request', () => {
    const quotas = new RequestQuotas({ maxBuckets: 3 });
    for (let i = 0; i < 5; i++) quotas.take([policy(1, 5)], START);
    expect(quotas.take([policy(1, 5)], START).refusal).not.toBeNull();
    expect(quotas.take([policy(1_000, 10_000)], START).refusal).toBeNull();
  });
});

test('the headers contain each quota with its window, the requests left, and the time until it is full again', () => {
  const quotas = new RequestQuotas({ maxBuckets: 3 });
  const policies = quotaPolicies(caller, 'definition change');
  for (let i = 0; i < 3; i++) quotas.take(policies, START);
  expect(rateLimitHeaders(quotas.take(policies, START).levels)).toEqual({
    'ratelimit-policy': '"key";q=1000;w=10, "account";q=2000;w=10, "definition-changes";q=200;w=10',
    ratelimit: '"key";r=996;t=1, "account";r=1996;t=1, "definition-changes";r=196;t=1',
  });
  expect(rateLimitHeaders(quotas.look([policy(0.5, 5, 'b')], START).levels)).toEqual({
    'ratelimit-policy': '"account";q=5;w=10',
    ratelimit: '"account";r=5;t=0',
  });
});

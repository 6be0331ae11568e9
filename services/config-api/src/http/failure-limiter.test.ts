import { expect, test } from '@jest/globals';
import { FailureLimiter } from './failure-limiter.ts';

const options = { maxFailures: 2, windowMs: 10_000, maxAddresses: 2 };

test('after too many failures, an address must wait until its window ends', () => {
  const limiter = new FailureLimiter(options);
  limiter.recordFailure('a', 0);
  expect(limiter.retryAfterSeconds('a', 1)).toBe(0);
  limiter.recordFailure('a', 4_500);
  expect(limiter.retryAfterSeconds('a', 4_500)).toBe(6);
  expect(limiter.retryAfterSeconds('b', 4_500)).toBe(0);
  expect(limiter.retryAfterSeconds('a', 10_000)).toBe(0);
});

test('failures of an earlier window do not count', () => {
  const limiter = new FailureLimiter(options);
  limiter.recordFailure('a', 0);
  limiter.recordFailure('a', 10_000);
  expect(limiter.retryAfterSeconds('a', 10_001)).toBe(0);
});

test('the number of addresses is bounded', () => {
  const limiter = new FailureLimiter(options);
  for (const address of ['a', 'a', 'b', 'b', 'c', 'c']) limiter.recordFailure(address, 0);
  expect(limiter.retryAfterSeconds('a', 1)).toBe(0);
  expect(limiter.retryAfterSeconds('b', 1)).toBeGreaterThan(0);
  expect(limiter.retryAfterSeconds('c', 1)).toBeGreaterThan(0);
});

test.each([
  ['2001:db8:0:1::1', '2001:DB8:0:1:ffff:ffff:ffff:ffff', true],
  ['2001:db8::1:0:0:0:1', '2001:db8:0:1::2', true],
  ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
  ['::1', '2001:db8::1', false],
  ['fe80::1%eth0', 'fe80::2%eth1', true],
  ['::ffff:192.0.2.1', '192.0.2.1', true],
  ['::ffff:c000:201', '192.0.2.1', true],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ['192.0.2.1', '192.0.2.2', false],
])('failures of %s and %s count together: %s', (one, other, together) => {
  const limiter = new FailureLimiter(options);
  limiter.recordFailure(one, 0);
  limiter.recordFailure(other, 0);
  expect(limiter.retryAfterSeconds(one, 1) > 0).toBe(together);
  expect(limiter.retryAfterSeconds(other, 1) > 0).toBe(together);
});

import { expect, test } from '@jest/globals';
import { anAccountSettings } from '@hookline/testkit/builders';
import { rateLimits } from './rate-limits.ts';

test('R-017: an account and an endpoint have no limit unless one is set', () => {
  expect(rateLimits(undefined, { endpointRateLimit: null })).toEqual({ account: null, endpoint: null });
  const settings = anAccountSettings({ ratePerSecond: null, burst: 7 });
  expect(rateLimits(settings, { endpointRateLimit: null })).toEqual({ account: null, endpoint: null });
});

test('R-017: an account may burst as far as its settings allow, by default not at all; an endpoint may not', () => {
  const limits = rateLimits(anAccountSettings({ ratePerSecond: 5, burst: 7 }), { endpointRateLimit: 2 });
  expect(limits).toEqual({ account: { perSecond: 5, burst: 7 }, endpoint: { perSecond: 2, burst: 1 } });
  const withoutBurst = anAccountSettings({ ratePerSecond: 5, burst: null });
  expect(rateLimits(withoutBurst, { endpointRateLimit: null }).account).toEqual({ perSecond: 5, burst: 1 });
});

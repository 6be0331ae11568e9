import { expect, test } from '@jest/globals';
import { isWithin, LIMITS } from '@hookline/shared/contracts/limits';
import { aWebhookDefinition, anAccountSettings } from '@hookline/testkit/builders';
import * as fc from 'fast-check';
import { boundDefinition, boundSettings } from './bound-numbers.ts';

test('records in range are unchanged', () => {
  const definition = aWebhookDefinition({ endpointRateLimit: 2.5 });
  expect(boundDefinition(definition).value).toBe(definition);
  const settings = anAccountSettings();
  expect(boundSettings(settings)).toEqual({ value: settings, problems: [] });
});

test('a number out of range becomes the nearest number in range, and a sentence names its field', () => {
  const definition = aWebhookDefinition({ endpointRateLimit: 5e-324, timeoutMs: 0 });
  expect(boundDefinition(definition)).toEqual({
    value: { ...definition, endpointRateLimit: 0.000_01, timeoutMs: 1_000 },
    problems: [
      'timeoutMs must be a whole number from 1000 to 120000 (ms), not 0',
      'endpointRateLimit must be a number from 0.00001 to 10000 (calls per second), not 5e-324',
    ],
  });
  expect(boundSettings(anAccountSettings({ maxInFlight: -5 })).value.maxInFlight).toBe(1);
});

test('a retry schedule is cut to 20 waits, each brought into range; if it is empty, R-007 applies', () => {
  const retrySchedule = [0, 90_000_000, ...Array.from({ length: 20 }, () => 5)];
  const bounded = boundDefinition(aWebhookDefinition({ retrySchedule }));
  expect(bounded.value.retrySchedule).toEqual([1, 86_400_000, ...Array.from({ length: 18 }, () => 5)]);
  expect(bounded.problems).toEqual([expect.stringContaining('number of waits in retrySchedule must be')]);
  expect(boundDefinition(aWebhookDefinition({ retrySchedule: [] })).value.retrySchedule).toBeNull();
});

test('an unreadable list of statuses is reported and kept; the rules of R-007 apply', () => {
  const definition = aWebhookDefinition({ retryOn: 'sometimes', successOn: '2xx' });
  expect(boundDefinition(definition)).toEqual({
    value: definition,
    problems: [expect.stringMatching(/^retry_on "sometimes" must be a status/)],
  });
});

test('the rate in use is in range, whatever rate was published', () => {
  fc.assert(
    fc.property(fc.double(), (rate) => {
      const { endpointRateLimit } = boundDefinition(aWebhookDefinition({ endpointRateLimit: rate })).value;
      const { ratePerSecond } = boundSettings(anAccountSettings({ ratePerSecond: rate })).value;
      expect(isWithin(LIMITS.endpointRatePerSecond, endpointRateLimit)).toBe(true);
      expect(isWithin(LIMITS.ratePerSecond, ratePerSecond)).toBe(true);
    }),
  );
});

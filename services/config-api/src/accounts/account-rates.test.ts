import { expect, test } from '@jest/globals';
import type { RequestRates } from '../http/request-rates.ts';
import { createRatesOf } from './account-rates.ts';

const rates = { apiRequestsPerSecond: 1, definitionChangesPerSecond: 1, executionsPerSecond: 1 };

function setup() {
  const reads: PromiseWithResolvers<RequestRates | null>[] = [];
  let now = 0;
  const read = () => {
    const result = Promise.withResolvers<RequestRates | null>();
    reads.push(result);
    return result.promise;
  };
  return { ratesOf: createRatesOf({ read, now: () => now }), reads, pass: (ms: number) => void (now += ms) };
}

test('rates are read again after a second, or after a failure', async () => {
  const { ratesOf, reads, pass } = setup();
  const failing = ratesOf('a');
  reads[0]?.reject(new Error('Postgres is away'));
  await expect(failing).rejects.toThrow('away');
  const first = ratesOf('a');
  expect(ratesOf('a')).toBe(first);
  pass(1_000);
  expect(ratesOf('a')).not.toBe(first);
  expect(reads).toHaveLength(3);
});

test('a read that fails late does not drop the result of a newer read', async () => {
  const { ratesOf, reads, pass } = setup();
  const late = ratesOf('a');
  pass(1_000);
  const newer = ratesOf('a');
  reads[1]?.resolve(rates);
  reads[0]?.reject(new Error('Postgres is away'));
  await expect(late).rejects.toThrow('away');
  expect(ratesOf('a')).toBe(newer);
  expect(await newer).toEqual(rates);
});

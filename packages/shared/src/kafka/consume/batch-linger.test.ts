import { describe, expect, it } from '@jest/globals';
import { batchLingerMs } from './batch-linger.ts';

describe('the linger of a batch', () => {
  const linger = { lingerMs: 10, maxLingerMs: 100 };

  it('is the minimum after small batches', () => {
    expect([0, 1, 24, 54].map((records) => batchLingerMs([records, records], linger))).toEqual([
      10, 10, 10, 10,
    ]);
  });

  it('grows with the size of the batches up to its maximum', () => {
    const lingers = [84, 174, 1_000, 1e9].map((records) => batchLingerMs([records, records], linger));
    expect(lingers.map(Math.round)).toEqual([20, 50, 100, 100]);
  });

  it('does not grow after a single large batch', () => {
    expect([batchLingerMs([1_000, 30], linger), batchLingerMs([30, 1_000], linger)]).toEqual([10, 10]);
  });

  it('does not grow if no maximum is given', () => {
    expect([0, 1e9].map((records) => batchLingerMs([records, records], { lingerMs: 5 }))).toEqual([5, 5]);
  });
});

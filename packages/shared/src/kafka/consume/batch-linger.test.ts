import { describe, expect, it } from '@jest/globals';
import { batchLingerMs } from './batch-linger.ts';

describe('the linger of a batch', () => {
  const linger = { lingerMs: 10, maxLingerMs: 100 };
  const idleShare = 0.9;

  it('is the minimum after small batches', () => {
    const lingers = [0, 1, 24, 54].map((records) =>
      batchLingerMs({ lastBatches: [records, records], idleShare }, linger),
    );
    expect(lingers).toEqual([10, 10, 10, 10]);
  });

  it('grows with the size of the batches up to its maximum', () => {
    const lingers = [84, 174, 1_000, 1e9].map((records) =>
      batchLingerMs({ lastBatches: [records, records], idleShare }, linger),
    );
    expect(lingers.map(Math.round)).toEqual([20, 50, 100, 100]);
  });

  it('does not grow after a single large batch', () => {
    const batches: [number, number][] = [
      [1_000, 30],
      [30, 1_000],
    ];
    const lingers = batches.map((lastBatches) => batchLingerMs({ lastBatches, idleShare }, linger));
    expect(lingers).toEqual([10, 10]);
  });

  it('grows up to its maximum while the processors are idle for less than two fifths of the time', () => {
    const lingers = [1, 0.4, 0.31, 0.25, 0.1, 0].map((idle) =>
      batchLingerMs({ lastBatches: [1, 1], idleShare: idle }, linger),
    );
    expect(lingers.map(Math.round)).toEqual([10, 10, 30, 50, 100, 100]);
  });

  it('does not grow if no maximum is given', () => {
    const lingers = [0, 1e9].map((records) =>
      batchLingerMs({ lastBatches: [records, records], idleShare: 0 }, { lingerMs: 5 }),
    );
    expect(lingers).toEqual([5, 5]);
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LongestQueue } from './longest-queue.ts';

describe('longest queue', () => {
  it('is none where all are empty', () => {
    const queues = new LongestQueue<string>();
    expect(queues.longest).toBeUndefined();
    queues.set('a', 1);
    queues.set('a', 0);
    expect(queues.longest).toBeUndefined();
  });

  it('is always one of the greatest length, whatever grows and shrinks', () => {
    const changes = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), length: fc.nat(5) }));
    fc.assert(
      fc.property(changes, (all) => {
        const queues = new LongestQueue<string>();
        const lengths: Record<string, number> = {};
        for (const { name, length } of all) {
          lengths[name] = length;
          queues.set(name, length);
          const most = Math.max(...Object.values(lengths));
          const { longest } = queues;
          expect(longest === undefined ? 0 : lengths[longest]).toBe(most);
        }
      }),
    );
  });
});

/** Checks the sharing rule without a group. Pure. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { stickyShares, type Holder } from './sticky-shares.ts';

const count = fc.integer({ min: 1, max: 24 });
const holders = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((memberId) =>
        fc.record({ memberId: fc.constant(memberId), partitions: fc.array(fc.nat(30)) }),
      ),
    ),
  );

const asHolders = (shares: Map<string, number[]>): Holder[] =>
  [...shares].map(([memberId, partitions]) => ({ memberId, partitions }));

describe('stickyShares', () => {
  it('assigns every partition to exactly one member, and evenly, whatever the members claim to hold', () => {
    fc.assert(
      fc.property(holders, count, (all, partitions) => {
        const shares = [...stickyShares(all, partitions).values()];
        expect(shares.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, i) => i));
        const sizes = shares.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('moves nothing while the members stay the same', () => {
    fc.assert(
      fc.property(holders, count, (all, partitions) => {
        const shares = stickyShares(all, partitions);
        expect(Object.fromEntries(stickyShares(asHolders(shares), partitions))).toEqual(
          Object.fromEntries(shares),
        );
      }),
    );
  });

  it('gives a new member only its share, and moves only the partitions of a member that leaves', () => {
    const two = stickyShares(
      [
        { memberId: 'a', partitions: [] },
        { memberId: 'b', partitions: [] },
      ],
      12,
    );
    const three = stickyShares([...asHolders(two), { memberId: 'c', partitions: [] }], 12);
    for (const id of ['a', 'b']) {
      const before = two.get(id) ?? [];
      expect(three.get(id)?.filter((partition) => before.includes(partition))).toHaveLength(4);
    }
    const left = stickyShares(
      asHolders(three).filter(({ memberId }) => memberId !== 'c'),
      12,
    );
    for (const id of ['a', 'b']) expect(left.get(id)).toEqual(expect.arrayContaining(three.get(id) ?? []));
  });
});

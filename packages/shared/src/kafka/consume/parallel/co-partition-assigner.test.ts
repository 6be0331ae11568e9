/** Tests the assigner with plain values as cluster metadata; `parallel-rebalance.test.ts` runs it on a broker. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { AssignerProtocol, type Cluster } from 'kafkajs';
import { createCoPartitionAssigner } from './co-partition-assigner.ts';

type MemberAssignment = Record<string, number[]>;

async function assign(
  memberIds: string[],
  partitionsOf: Record<string, number>,
): Promise<Map<string, MemberAssignment>> {
  const findTopicPartitionMetadata = (topic: string) =>
    Array.from({ length: partitionsOf[topic] ?? 0 }, (_, partitionId) => ({ partitionId }));
  const assigner = createCoPartitionAssigner(() => [])({
    cluster: { findTopicPartitionMetadata } as unknown as Cluster,
  } as Parameters<ReturnType<typeof createCoPartitionAssigner>>[0]);
  const topics = Object.keys(partitionsOf);
  const members = memberIds.map((memberId) => ({ memberId, memberMetadata: Buffer.alloc(0) }));
  const assigned = await assigner.assign({ members, topics });
  return new Map(
    assigned.map(({ memberId, memberAssignment }) => [
      memberId,
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {},
    ]),
  );
}

const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' }), {
  minLength: 1,
  maxLength: 8,
});
const partitions = fc.integer({ min: 1, max: 24 });

describe('the co-partition assigner', () => {
  it('assigns to each member the same partition numbers of every topic', async () => {
    await fc.assert(
      fc.asyncProperty(members, partitions, async (memberIds, count) => {
        for (const assignment of (await assign(memberIds, { a: count, b: count, c: count })).values()) {
          expect(assignment['b']).toEqual(assignment['a']);
          expect(assignment['c']).toEqual(assignment['a']);
        }
      }),
    );
  });

  it('assigns every partition to exactly one member, as evenly as whole numbers allow', async () => {
    await fc.assert(
      fc.asyncProperty(members, partitions, async (memberIds, count) => {
        const shares = [...(await assign(memberIds, { a: count })).values()].map(
          (assignment) => assignment['a'] ?? [],
        );
        expect(shares.flat().sort((x, y) => x - y)).toEqual(
          Array.from({ length: count }, (_, number) => number),
        );
        const sizes = shares.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not depend on the order in which the broker lists the members', async () => {
    const [there, back] = await Promise.all([
      assign(['m1', 'm2', 'm3'], { a: 7 }),
      assign(['m3', 'm1', 'm2'], { a: 7 }),
    ]);
    expect(Object.fromEntries(back)).toEqual(Object.fromEntries(there));
  });
});

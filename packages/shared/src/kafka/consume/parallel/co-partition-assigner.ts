import kafkajs, { type GroupMember, type PartitionAssigner } from 'kafkajs';
import { stickyShares } from './sticky-shares.ts';

// Node cannot detect named exports of kafkajs, a CommonJS module.
const { AssignerProtocol } = kafkajs;

const NAME = 'HooklineCoPartition';
const VERSION = 1;

/**
 * Assigns each partition number of all subscribed topics to one member, so that all records of an account, on any
 * topic, are handled by one process (docs/design/ownership.md). Assignments are sticky: each member reports in its user
 * data which numbers it holds, and keeps as many of them as an even share allows.
 * @param held returns the partition numbers that this member holds now
 */
export function createCoPartitionAssigner(held: () => number[]): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(held())),
      }),
    }),
    assign: ({ members, topics }) => {
      const partitionsOf = new Map(
        topics.map((topic) => [
          topic,
          cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
        ]),
      );
      const count = Math.max(0, ...[...partitionsOf.values()].map(({ length }) => length));
      const shares = stickyShares(members.map(holder), count);
      return Promise.resolve(
        [...shares].map(([memberId, share]) => {
          const assignment = Object.fromEntries(
            [...partitionsOf].map(([topic, all]) => [
              topic,
              share.filter((partition) => all.includes(partition)),
            ]),
          );
          const userData = Buffer.alloc(0);
          return {
            memberId,
            memberAssignment: AssignerProtocol.MemberAssignment.encode({
              version: VERSION,
              assignment,
              userData,
            }),
          };
        }),
      );
    },
  });
}

/** Reads the partition numbers that a member reports as held; a member with an older build reports none. */
function holder({ memberId, memberMetadata }: GroupMember): { memberId: string; partitions: number[] } {
  try {
    const userData = AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData;
    const partitions: unknown = JSON.parse(userData?.toString() || '[]');
    return { memberId, partitions: Array.isArray(partitions) ? partitions.filter(Number.isInteger) : [] };
  } catch {
    // Invalid user data has no effect except that the member does not keep its numbers.
    return { memberId, partitions: [] };
  }
}

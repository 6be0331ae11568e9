import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

const NAME = 'HooklineCoPartition';
const VERSION = 1;

/**
 * Gives each partition number of all subscribed topics to one member, so that everything an account has on any topic
 * meets in one process (DESIGN.md, Ownership instead of locks). Numbers go round the members in the order of their ids.
 */
export const coPartitionAssigner: PartitionAssigner = ({ cluster }) => ({
  name: NAME,
  version: VERSION,
  protocol: ({ topics }) => ({
    name: NAME,
    metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
  }),
  assign: ({ members, topics }) => {
    const memberIds = members.map(({ memberId }) => memberId).sort();
    return Promise.resolve(
      memberIds.map((memberId, index) => {
        const assignment = Object.fromEntries(
          topics.map((topic) => [
            topic,
            cluster
              .findTopicPartitionMetadata(topic)
              .map(({ partitionId }) => partitionId)
              .filter((partition) => partition % memberIds.length === index),
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

import type { KafkaClient } from '../client/kafka-client.ts';
import { withAdmin } from '../client/with-admin.ts';

/**
 * Deletes the group of a reader that has left it and had it for itself. Where the broker does not answer, or this user may
 * not delete groups, the empty group is left to the broker, which expires it.
 * @param groupId full name
 */
export async function deleteGroup(
  client: Pick<KafkaClient, 'kafka' | 'logger'>,
  groupId: string,
): Promise<void> {
  await withAdmin(client, (admin) => admin.deleteGroups([groupId])).catch((error: unknown) =>
    client.logger.warn({ err: error, groupId }, 'an empty consumer group stays until the broker expires it'),
  );
}

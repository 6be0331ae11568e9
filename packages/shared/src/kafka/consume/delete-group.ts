import type { KafkaClient } from '../client/kafka-client.ts';
import { withAdmin } from '../client/with-admin.ts';

/**
 * Deletes a group whose only member has left it. If the broker does not respond, or this user may not delete groups,
 * the empty group remains until the broker expires it.
 * @param groupId full name
 */
export async function deleteGroup(client: KafkaClient, groupId: string): Promise<void> {
  await withAdmin(client, (admin) => admin.deleteGroups([groupId])).catch((error: unknown) =>
    client.logger.warn(
      { err: error, groupId },
      'could not delete an empty consumer group; the broker will expire it',
    ),
  );
}

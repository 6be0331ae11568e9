import type { TopicSpec } from '@hookline/shared/contracts/topics';
import { type KafkaClient, topicName } from '@hookline/shared/kafka/client/kafka-client';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import kafkajs, { type Admin } from 'kafkajs';

const { ConfigResourceTypes, ConfigSource } = kafkajs;
const COMPRESSION = 'compression.type';

/**
 * Makes the broker store record batches with the codec of their producer, as a broker may do in topics that are managed
 * elsewhere (`HOOKLINE_TOPICS=check`). In topics that Hookline creates, batches are stored uncompressed.
 */
export async function storeAsSent(client: KafkaClient, specs: readonly TopicSpec[]): Promise<void> {
  await withAdmin(client, async (admin) => {
    for (const spec of specs) {
      const topic = topicName(client, spec);
      // All settings are sent, because an alteration replaces all settings of the topic.
      const settings = { ...(await ownSettings(admin, topic)), [COMPRESSION]: 'producer' };
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
      // The broker applies settings in the background. Each check awaits a response of the broker, so this loop does
      // not block the process.
      while ((await ownSettings(admin, topic))[COMPRESSION] !== 'producer');
    }
  });
}

async function ownSettings(admin: Admin, topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
  });
  const own = (resources[0]?.configEntries ?? []).filter(
    ({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG,
  );
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
}

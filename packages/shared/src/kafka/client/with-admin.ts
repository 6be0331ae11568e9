import type { Admin } from 'kafkajs';
import type { KafkaClient } from './kafka-client.ts';

/** Connects an admin client for the time of `use`. */
export async function withAdmin<T>(
  client: Pick<KafkaClient, 'kafka'>,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

import type { Admin, Kafka } from 'kafkajs';

/** Connects an admin client, calls `use` with it and disconnects it afterwards. */
export async function withAdmin<T>(client: { kafka: Kafka }, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

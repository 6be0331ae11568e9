import { Kafka, logLevel } from 'kafkajs';
import { untilAnswered } from '../until-answered.ts';
import type { StoreContext } from './store-context.ts';
import type { StoreProcess } from './store-process.ts';

/**
 * Waits until a broker that was just started serves every consumer group. The first request for a group makes it create
 * its offsets topic; until each partition has a coordinator, clients get retriable errors.
 */
export async function withGroupCoordinator(
  broker: StoreProcess,
  { port, signal }: StoreContext,
): Promise<StoreProcess> {
  const admin = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING }).admin();
  try {
    await admin.connect();
    // These ids have the hash codes 97 to 100: one for each of the four partitions.
    for (const groupId of ['a', 'b', 'c', 'd']) {
      await untilAnswered(async () => admin.fetchOffsets({ groupId }), signal);
    }
    return broker;
  } catch (error) {
    await broker.stop();
    throw error;
  } finally {
    await admin.disconnect();
  }
}

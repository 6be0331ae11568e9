import { Kafka, logLevel } from 'kafkajs';
import { untilAnswered } from '../until-answered.ts';
import type { StoreContext } from './store-context.ts';
import type { StoreProcess } from './store-process.ts';

/**
 * Waits until a newly started broker serves every consumer group. The first request for a group makes the broker create
 * its offsets topic, and until each partition of that topic has a coordinator, clients receive retriable errors.
 */
export async function withGroupCoordinator(
  broker: StoreProcess,
  { port, signal }: StoreContext,
): Promise<StoreProcess> {
  const admin = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING }).admin();
  try {
    await admin.connect();
    // The hash codes of these ids are 97 to 100, so there is one id for each of the four partitions.
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

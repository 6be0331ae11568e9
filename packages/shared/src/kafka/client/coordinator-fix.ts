import Cluster from 'kafkajs/src/cluster/index.js';
import { methodToPatch } from './method-to-patch.ts';

/**
 * Patches kafkajs for the whole process, once, so that consumers survive a restart of Kafka. If no broker currently
 * returns the coordinator of a group, kafkajs 2.2.4 treats the error as final and stops the consumer, although a
 * coordinator is available again within seconds. The patch marks the error as retriable, so kafkajs restarts the
 * consumer.
 */
export function outliveLostCoordinators(): void {
  const cluster = Cluster.prototype;
  const find = methodToPatch(cluster, 'findGroupCoordinatorMetadata');
  if (find.name === findOrRetry.name) return;
  async function findOrRetry(this: Cluster, group: object): Promise<object> {
    try {
      return await Reflect.apply(find, this, [group]);
    } catch (error) {
      if (error instanceof Error && error.name === 'KafkaJSGroupCoordinatorNotFound')
        Object.assign(error, { retriable: true });
      throw error;
    }
  }
  cluster.findGroupCoordinatorMetadata = findOrRetry;
}

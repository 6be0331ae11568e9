import type { Consumer, ConsumerRunConfig } from 'kafkajs';

/**
 * Connects a consumer, subscribes it (from the beginning of a partition if nothing is committed there) and runs it.
 * Resolves once it has joined its group, so that it receives everything that is published from then on.
 * @param run.topics full names
 * @throws the error of kafkajs if the brokers cannot be reached
 */
export async function joinGroup(
  consumer: Consumer,
  { topics, ...run }: ConsumerRunConfig & { topics: string[] },
): Promise<void> {
  const joined = firstJoin(consumer);
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run(run);
  await joined;
}

function firstJoin(consumer: Consumer): Promise<void> {
  return new Promise((resolve) => {
    const remove = consumer.on('consumer.group_join', () => {
      remove();
      resolve();
    });
  });
}

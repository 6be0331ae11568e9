import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { delayLanes } from '../../contracts/topics.ts';
import { createConsumer, groupName, topicName } from './kafka-client.ts';

const SHARE_BYTES = 1_024;
const LARGE = 'x'.repeat(10 * SHARE_BYTES);
const lanes = delayLanes();

let kafka: KafkaFixture;

beforeEach(async () => {
  kafka = await kafkaFixture(lanes.map(({ topic }) => topic));
});

afterEach(async () => kafka[Symbol.asyncDispose]());

/** Reads all lanes until this many records have arrived; returns the number of fetches. */
async function fetchesFor(records: number): Promise<number> {
  const { client } = kafka;
  const consumer = createConsumer(client, {
    groupId: groupName(client, 'large'),
    maxBytesPerPartition: SHARE_BYTES,
    maxWaitTimeInMs: 100,
  });
  let fetches = 0;
  consumer.on('consumer.fetch', () => {
    fetches++;
  });
  const arrivals = createArrivals<string>((line) => line);
  await consumer.connect();
  await consumer.subscribe({
    topics: lanes.map(({ topic }) => topicName(client, topic)),
    fromBeginning: true,
  });
  await consumer.run({
    eachMessage: ({ topic, partition, message }) => {
      arrivals.add(`${topic}/${partition}@${message.offset}`);
      return Promise.resolve();
    },
  });
  await arrivals.until((all) => (all.length >= records ? true : undefined), {
    wanted: `${records} records`,
    deadlineMs: DEFAULT_DEADLINE_MS,
  });
  await consumer.disconnect();
  return fetches;
}

it('kafkajs gets large batches of many partitions in a few fetches, not one batch per fetch', async () => {
  const partitions = lanes.flatMap(({ topic }) => [0, 1].map((partition) => ({ topic, partition })));
  // Published in two rounds, so that each record is a separate batch.
  for (let round = 0; round < 2; round++) {
    await Promise.all(partitions.map(({ topic, partition }) => kafka.publish(topic, partition, LARGE)));
  }

  // The first fetch returns one batch and reveals that the others exceed their shares; a few more fetches return them.
  expect(await fetchesFor(2 * partitions.length)).toBeLessThanOrEqual(10);
});

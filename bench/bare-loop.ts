import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createKafkaClient } from '@hookline/shared/kafka/kafka-client';
import { createParallelConsumer } from '@hookline/shared/kafka/parallel-consumer';
import { PARALLEL_DEFAULTS } from '@hookline/shared/kafka/parallel-options';
import { createPublisher } from '@hookline/shared/kafka/publisher';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookCompleted } from '@hookline/testkit/builders';
import { Agent, request } from 'undici';

/**
 * What this machine gives at best to anything that consumes a record, makes one HTTP call and produces one record: no
 * rendering, no guard, no limits but the number of connections, no history. A process of its own, run by the benchmark.
 *
 * Arguments: brokers, topic prefix, partitions, receiver URL, calls in flight.
 */
const [brokers = '', prefix = '', partitions = '', url = '', inFlight = ''] = process.argv.slice(2);

const logger = createLogger('bare-loop', 'warn');
const client = createKafkaClient(
  { logger },
  { brokers: brokers.split(','), clientId: 'bare-loop', prefix, partitions: Number(partitions) },
);
const publisher = createPublisher({ client, metrics: createMetrics('bare-loop') });
const dispatcher = new Agent({ connections: Number(inFlight), pipelining: 1 });
const body = Buffer.from('{"email":"john@example.com","name":"John Doe"}');
const value = encodeEvent('WebhookCompleted', aWebhookCompleted());

const consumer = createParallelConsumer(
  {
    client,
    handle: async ({ key }) => {
      const accountId = key?.toString() ?? '';
      const headers = { 'content-type': 'application/json' };
      const answer = await request(url, { method: 'POST', headers, body, dispatcher });
      await answer.body.dump();
      await publisher.publish({ topic: TOPICS.completed, accountId, key: accountId, value });
    },
  },
  { ...PARALLEL_DEFAULTS, group: 'bare-loop', topics: [TOPICS.requested] },
);

await publisher.start();
await consumer.start();
process.once('SIGTERM', () => {
  consumer
    .stop()
    .then(() => publisher.stop())
    .then(() => process.exit(0))
    .catch((error: unknown) => {
      logger.fatal({ err: error }, 'did not stop');
      process.exit(1);
    });
});

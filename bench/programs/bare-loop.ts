import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { ParallelConsumer } from '@hookline/shared/kafka/consume/parallel/parallel-consumer';
import { PARALLEL_DEFAULTS } from '@hookline/shared/kafka/consume/parallel/parallel-options';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookCompleted } from '@hookline/testkit/builders';
import { Agent, request } from 'undici';

/**
 * Loop whose throughput is an upper bound on this machine for anything that consumes a record, makes one HTTP call and
 * produces one record: no rendering, no guard, no limit except the number of connections, no history. The benchmark
 * runs it as a separate process.
 *
 * Arguments: brokers, topic prefix, partitions, receiver URL, calls in flight. Sends a message to its parent once it is
 * running.
 */
const [brokers = '', prefix = '', partitions = '', url = '', inFlight = ''] = process.argv.slice(2);

/** The execution id is the first field of requests and outcomes, after a header of ten bytes and a one-byte length. */
const ID_OFFSET = 11;
const ID_BYTES = 36;
const PADDING = 'x'.repeat(960);

const logger = createLogger('bare-loop', 'warn');
const client = createKafkaClient(
  { logger },
  { brokers: brokers.split(','), clientId: 'bare-loop', prefix, partitions: Number(partitions) },
);
const publisher = new Publisher({ client, metrics: createMetrics('bare-loop') });
const dispatcher = new Agent({ connections: Number(inFlight), pipelining: 1 });
const completed = encodeEvent('WebhookCompleted', aWebhookCompleted({ executionId: '0'.repeat(ID_BYTES) }));

const consumer = new ParallelConsumer(
  {
    client,
    handle: (unfinished) => unfinished.endWith(callFor(unfinished.record)),
  },
  { ...PARALLEL_DEFAULTS, group: 'dispatcher', topics: [TOPICS.requested] },
);

async function callFor({ key, value }: ConsumedRecord): Promise<void> {
  const accountId = key?.toString() ?? '';
  const id = value?.subarray(ID_OFFSET, ID_OFFSET + ID_BYTES) ?? Buffer.alloc(ID_BYTES);
  const response = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"ticket":"@@${id.toString()}@@","note":"${PADDING}"}`,
    dispatcher,
  });
  await response.body.dump();
  const outcome = Buffer.from(completed);
  id.copy(outcome, ID_OFFSET);
  await publisher.publish({ topic: TOPICS.completed, accountId, key: accountId, value: outcome });
}

await publisher.start();
await consumer.start();
process.send?.('running');
// Exits with its parent, even if the parent is killed.
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => {
  consumer
    .stop()
    .then(() => publisher.stop())
    .then(() => process.exit(0))
    .catch((error: unknown) => {
      logger.fatal({ err: error }, 'could not stop the bare loop; exiting with an error');
      process.exit(1);
    });
});

import Broker, { type FetchRequest, type FetchResponse, type FetchShare } from 'kafkajs/src/broker/index.js';
import { allTopics } from '../../contracts/topics.ts';
import { methodToPatch } from './method-to-patch.ts';
import { partitionKey } from './partition-key.ts';

/**
 * A broker applies the record limit of a topic to the whole batch, so no batch is larger than the largest of these
 * limits.
 */
const LARGEST_BATCH_BYTES = Math.max(...allTopics().map(({ maxMessageBytes }) => maxMessageBytes));

/** Number of bytes to request from each partition whose batches exceed its configured share, by `partitionKey`. */
type LargerShares = Map<string, number>;

const largerSharesOf = new WeakMap<Broker, LargerShares>();

/**
 * Patches kafkajs for the whole process, once, so that large batches of many partitions are fetched together. A broker
 * returns a batch that exceeds the share of its partition only for the first partition with records in a request
 * (KIP-74), and kafkajs requests the partitions in a different order each time. A fetch from a hundred partitions with
 * small shares therefore returns at most one large batch. With the patch, if a partition has records but a fetch
 * returns none of them, its share is larger from then on, for as long as its batches are large.
 */
export function fetchLargeBatches(): void {
  const broker = Broker.prototype;
  const fetch = methodToPatch(broker, 'fetch');
  if (fetch.name === fetchWithShares.name) return;
  async function fetchWithShares(this: Broker, request: FetchRequest): Promise<FetchResponse> {
    const larger: LargerShares = largerSharesOf.get(this) ?? new Map();
    largerSharesOf.set(this, larger);
    const response: FetchResponse = await Reflect.apply(fetch, this, [withShares(request, larger)]);
    learnShares(larger, request, response);
    return response;
  }
  broker.fetch = fetchWithShares;
}

function withShares(request: FetchRequest, larger: LargerShares): FetchRequest {
  if (larger.size === 0) return request;
  const topics = request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((share) => {
      const maxBytes = larger.get(partitionKey({ topic, partition: share.partition })) ?? share.maxBytes;
      return { ...share, maxBytes };
    }),
  }));
  return { ...request, topics };
}

/** @param request as kafkajs made it, with the configured shares */
function learnShares(
  larger: LargerShares,
  { topics, maxBytes }: FetchRequest,
  { responses, fetched = [] }: FetchResponse,
): void {
  const shares = new Map<string, FetchShare>();
  for (const { topic, partitions } of topics) {
    for (const share of partitions) shares.set(partitionKey({ topic, partition: share.partition }), share);
  }
  const highWatermarks = new Map(
    responses.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partition, highWatermark }) => [
        partitionKey({ topic: topicName, partition }),
        Number(highWatermark),
      ]),
    ),
  );
  const roomBytes = maxBytes - fetched.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { topic, partition, bytes, firstBatchBytes } of fetched) {
    const key = partitionKey({ topic, partition });
    const share = shares.get(key);
    if (!share) continue;
    if (bytes === 0) {
      const hasRecords = (highWatermarks.get(key) ?? 0) > Number(share.fetchOffset);
      // If the response had less room left than the partition's share, the other partitions may simply have filled it.
      if (hasRecords && share.maxBytes <= roomBytes) larger.set(key, LARGEST_BATCH_BYTES);
    } else if (larger.has(key)) {
      if (firstBatchBytes > share.maxBytes)
        larger.set(key, Math.min(2 * firstBatchBytes, LARGEST_BATCH_BYTES));
      else larger.delete(key);
    }
  }
}

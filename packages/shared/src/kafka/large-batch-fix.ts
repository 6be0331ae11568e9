import Broker, {
  type FetchedMessage,
  type FetchRequest,
  type FetchResponse,
  type FetchShare,
} from 'kafkajs/src/broker/index.js';
import { allTopics } from '../contracts/topics.ts';

/** A broker holds a topic's limit against the whole batch, so none is larger. */
const LARGEST_BATCH_BYTES = Math.max(...allTopics().map(({ maxMessageBytes }) => maxMessageBytes));
/** What a record takes beside key and value, about. */
const RECORD_OVERHEAD_BYTES = 100;

/** Bytes to ask of partitions whose batches do not fit the share they are asked for, by place. */
type LargerShares = Map<string, number>;

const largerSharesOf = new WeakMap<Broker, LargerShares>();

/**
 * A broker sends a batch that is larger than what was asked of its partition only to the first partition of a request
 * that has any (KIP-74), and kafkajs puts them in another order each time: among a hundred partitions with a small share
 * each, large batches come one a fetch, when luck has it. So a partition that answers with nothing although it has
 * records is asked for more, for as long as its batches are large. Mends the class for the whole process, once.
 */
export function fetchLargeBatches(): void {
  const broker = Broker.prototype;
  const fetch = Object.getOwnPropertyDescriptor(broker, 'fetch')?.value;
  if (typeof fetch !== 'function' || fetch.name === fetchWithShares.name) return;
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
      const maxBytes = larger.get(`${topic}/${share.partition}`) ?? share.maxBytes;
      return { ...share, maxBytes };
    }),
  }));
  return { ...request, topics };
}

/** @param request with the shares that kafkajs asked for */
function learnShares(
  larger: LargerShares,
  { topics, maxBytes }: FetchRequest,
  response: FetchResponse,
): void {
  const answers = response.responses.flatMap(({ topicName, partitions }) =>
    partitions.map((answer) => ({ ...answer, place: `${topicName}/${answer.partition}` })),
  );
  const shares = new Map<string, FetchShare>();
  for (const { topic, partitions } of topics) {
    for (const share of partitions) shares.set(`${topic}/${share.partition}`, share);
  }
  const roomBytes = maxBytes - answers.reduce((sum, { messages }) => sum + bytesOf(messages), 0);
  for (const { place, messages, highWatermark } of answers) {
    const share = shares.get(place);
    if (!share) continue;
    if (messages.length === 0) {
      const hasRecords = Number(highWatermark) > Number(share.fetchOffset);
      // With less room it may have gone without because of the others.
      if (hasRecords && share.maxBytes <= roomBytes) larger.set(place, LARGEST_BATCH_BYTES);
    } else if (larger.has(place)) {
      const batchBytes = firstBatchBytes(messages);
      if (batchBytes > share.maxBytes) larger.set(place, Math.min(2 * batchBytes, LARGEST_BATCH_BYTES));
      else larger.delete(place);
    }
  }
}

function firstBatchBytes(messages: readonly FetchedMessage[]): number {
  const first = messages[0]?.batchContext;
  return bytesOf(messages.filter(({ batchContext }) => batchContext === first));
}

function bytesOf(messages: readonly FetchedMessage[]): number {
  return messages.reduce(
    (sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES,
    0,
  );
}

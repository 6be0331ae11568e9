import type { EachBatchPayload } from 'kafkajs';

const HEARTBEAT_MS = 500;

/**
 * Sends heartbeats while a batch is handled, since kafkajs itself sends them only between batches. Dispose of it to end them.
 * @param refused called with each refusal: the group takes this member for gone, and its partitions may be others'
 */
export function keepAlive(
  payload: Pick<EachBatchPayload, 'heartbeat'>,
  refused: (error: unknown) => void,
): Disposable {
  const timer = setInterval(() => void payload.heartbeat().catch(refused), HEARTBEAT_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

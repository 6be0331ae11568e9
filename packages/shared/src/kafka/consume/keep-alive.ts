import type { EachBatchPayload } from 'kafkajs';

const HEARTBEAT_MS = 500;

/**
 * Sends heartbeats while a batch is handled, because kafkajs itself sends them only between batches. Dispose of the
 * returned object to stop them.
 * @param onRefused called with the error of each refused heartbeat; the group is then being rebalanced or has removed
 *   this member, so other members may own its partitions
 */
export function keepAlive(
  payload: Pick<EachBatchPayload, 'heartbeat'>,
  onRefused: (error: unknown) => void,
): Disposable {
  const timer = setInterval(() => void payload.heartbeat().catch(onRefused), HEARTBEAT_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

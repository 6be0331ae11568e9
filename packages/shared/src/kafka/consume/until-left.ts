import type { Logger } from '../../runtime/logger.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';

/** A service that is told to stop often has 30 s in all. */
const LEAVE_MS = 10_000;

/**
 * Waits until a consumer has left its group, for up to 10 s: kafkajs may never come back from leaving one that is
 * rebalancing, and one such consumer must not keep the others from stopping.
 * @param leaving result of kafkajs's `disconnect`
 */
export async function untilLeft(leaving: Promise<unknown>, logger: Logger): Promise<void> {
  await withTimeout(leaving, LEAVE_MS, () =>
    logger.warn('Kafka did not confirm that this consumer left; its session ends by itself'),
  );
}

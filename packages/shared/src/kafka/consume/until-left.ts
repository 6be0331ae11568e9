import type { Logger } from '../../runtime/logger.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';

/** Maximum wait, well below the 30 s within which a service often has to stop completely. */
const LEAVE_MS = 10_000;

/**
 * Waits until a consumer has left its group, for up to 10 s. While a group is rebalancing, kafkajs's `disconnect` may
 * never resolve, and one such consumer must not prevent others from stopping.
 * @param leaving result of kafkajs's `disconnect`
 */
export async function untilLeft(leaving: Promise<unknown>, logger: Logger): Promise<void> {
  await withTimeout(leaving, LEAVE_MS, () =>
    logger.warn(
      'Kafka did not confirm that this consumer left its group; stopping without waiting any longer',
    ),
  );
}

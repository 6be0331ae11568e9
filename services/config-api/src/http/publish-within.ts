import { PublisherStoppedError, RecordTooLargeError } from '@hookline/shared/kafka/publish/publisher';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { ProblemError } from './problem-error.ts';

/** Time to wait for Kafka, in ms, before the caller gets 503 with Retry-After; usually, Kafka takes milliseconds. */
export const PUBLISH_TIMEOUT_MS = 10_000;

/** Responses to a caller if Kafka does not accept a record. */
interface PublishProblems {
  /**
   * Problem for a record that Kafka did not acknowledge in time or before this process stopped. Kafka may still store
   * it.
   */
  late(cause?: unknown): ProblemError;
  tooLarge(): ProblemError;
}

/**
 * Waits at most `timeoutMs` for Kafka to acknowledge a record. The publisher keeps retrying while the process runs, so
 * a record may still be written after its caller has received a 503.
 * @throws ProblemError one of `problems`
 */
export async function publishWithin<T>(
  timeoutMs: number,
  publish: () => Promise<T>,
  problems: PublishProblems,
): Promise<T> {
  try {
    return await withTimeout(publish(), timeoutMs, () => {
      throw problems.late();
    });
  } catch (error) {
    if (error instanceof RecordTooLargeError) throw problems.tooLarge();
    if (error instanceof PublisherStoppedError) throw problems.late(error);
    throw error;
  }
}

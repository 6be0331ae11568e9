import { PublisherStoppedError, RecordTooLargeError } from '@hookline/shared/kafka/publish/publisher';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { ProblemError } from './problem-error.ts';

/** After this, in ms, a caller gets 503 with Retry-After; Kafka usually answers in milliseconds. */
export const PUBLISH_TIMEOUT_MS = 10_000;

/** The responses to a caller when Kafka does not accept a record. */
interface PublishProblems {
  /** Kafka did not acknowledge it in time, or before this process stopped; it may still do so. */
  late(cause?: unknown): ProblemError;
  tooLarge(): ProblemError;
}

/**
 * Waits at most `timeoutMs` for Kafka to acknowledge a record. The publisher keeps retrying while it runs, so a record
 * may still be written after its caller got a 503.
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

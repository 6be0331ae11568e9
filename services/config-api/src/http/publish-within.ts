import { PublisherStoppedError, RecordTooLargeError } from '@hookline/shared/kafka/publish/publisher';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { ProblemError } from './problem-error.ts';

/** After this, in ms, a caller gets 503 with Retry-After; Kafka usually answers in milliseconds. */
export const PUBLISH_TIMEOUT_MS = 10_000;

/** The responses to a caller when Kafka does not accept a record. */
export interface PublishProblems {
  /** Not in time, or not before this process stopped: it may take it still. */
  late(cause?: unknown): ProblemError;
  tooLarge(): ProblemError;
}

/**
 * Waits for Kafka for as long as a caller can. The publisher retries as long as it runs, so a record whose caller was
 * answered 503 may be written nevertheless.
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

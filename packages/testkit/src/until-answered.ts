import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaJSError } from 'kafkajs';

const PAUSE_MS = 20;

/**
 * Repeats a request to Kafka until it succeeds. A broker sets up topics, leaders and coordinators in the background; in
 * the meantime, it responds with retriable errors, some of which kafkajs does not retry.
 * @throws any other error of `send`, and an AbortError if the signal is aborted between two requests
 */
export async function untilAnswered<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!(error as KafkaJSError).retriable) throw error;
      await sleep(PAUSE_MS, undefined, signal ? { signal } : {});
    }
  }
}

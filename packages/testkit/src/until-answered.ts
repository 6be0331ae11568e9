import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaJSError } from 'kafkajs';

const PAUSE_MS = 20;

/**
 * Asks Kafka until it answers. A broker makes topics, leaders and coordinators in the background and meanwhile
 * refuses with errors that say "try again", which kafkajs passes on for some requests.
 * @throws what `ask` throws for any other reason, and the signal's reason when it is aborted
 */
export async function untilAnswered<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error as KafkaJSError).retriable) throw error;
      await sleep(PAUSE_MS, undefined, signal ? { signal } : {});
    }
  }
}

import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import { parseParkingKey } from '@hookline/shared/contracts/parked-attempts';
import { peekRequestIds } from '@hookline/shared/contracts/peek-request';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { type Component, component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { retryUntilStopped } from '@hookline/shared/runtime/retry-until-stopped';
import { indexedParking, parkedUntil } from '../attempt/parking.ts';
import type { ParkedAttempt, ParkedAttempts } from './parked-attempts.ts';

interface ParkedViewDeps {
  client: KafkaClient;
  parked: ParkedAttempts;
  onAdded: (added: ParkedAttempt) => void;
  /** Called once the index contains everything that was parked when this process started. */
  onLoaded: () => void;
  logger: Logger;
}

const RETRY = { firstMs: 500, maxMs: 10_000 };

/**
 * Reads `webhook.parked` from its beginning into the index, and follows it. The start does not wait until everything
 * has been read, because only releases need a complete index.
 */
export function createParkedView({ client, parked, onAdded, onLoaded, logger }: ParkedViewDeps): Component {
  const onRecord = (record: ConsumedRecord): void => {
    const parking = parseParkingKey(record.key?.toString() ?? '');
    if (!parking) {
      const { partition, offset } = record;
      logger.warn({ partition, offset }, 'a record of webhook.parked has no valid key; ignoring it');
      return;
    }
    const indexed = indexedParking(parking);
    if (record.value === null) return parked.remove(indexed);
    const actionId = canonicalId(peekRequestIds(record.value)?.actionId ?? '');
    onAdded(
      parked.add(
        { ...indexed, accountId: parking.accountId, actionId, expiresAt: parkedUntil(record) },
        record,
      ),
    );
  };

  const tail = createTailConsumer({ client, onRecord }, { topics: [TOPICS.parked], from: 'beginning' });
  let stopping = new AbortController();
  let loading: Promise<void> | undefined;

  const load = async (signal: AbortSignal): Promise<void> => {
    const failed = (error: unknown, retryMs: number): void => {
      if (signal.aborted) throw error;
      logger.error(
        { err: error, retryMs },
        'parked attempts cannot be read, so none are released; trying again',
      );
    };
    await retryUntilStopped(() => tail.start(), failed, { ...RETRY, signal, onAbort: 'await-work' });
    onLoaded();
    logger.info({ parked: parked.size }, 'all parked attempts have been read; releases begin');
  };

  return component('parked view', {
    start: () => {
      stopping = new AbortController();
      const { signal } = stopping;
      loading = load(signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
    stop: async () => {
      stopping.abort();
      await loading;
      await tail.stop();
    },
  });
}

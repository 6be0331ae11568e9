import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { EventDecoder } from './decode-record.ts';
import type { HistoryWriter } from './history-writer.ts';
import type { IngestMetrics, IngestOutcome } from './ingest-metrics.ts';
import { type LookUpContact, readBatch } from './read-batch.ts';
import { storeBatch } from './store-batch.ts';

export interface IngestDeps {
  decoder: EventDecoder;
  writer: HistoryWriter;
  deadLetters: { setAside(record: ConsumedRecord, cause: SetAsideCause): Promise<void> };
  lookUpContact: LookUpContact;
  metrics: IngestMetrics;
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

/**
 * Creates the handler for batches of the history topics. It resolves once every record of the batch is in the store or
 * in the dead-letter topic, or is left out because it is past retention or another service sets it aside, so that
 * offsets may be committed. It rejects if the store or Kafka is unavailable; the same batch may then be passed again.
 * Dead letters are published only after the rest is stored, so that retries while the store is unavailable do not
 * repeat them.
 */
export function createIngest(
  deps: IngestDeps,
  options: { historyDays: number },
): (records: ConsumedRecord[]) => Promise<void> {
  const { decoder, writer, deadLetters, lookUpContact, metrics, logger, now } = deps;

  return async (records) => {
    const startedAt = now();
    const { kept, expired, rejected, leftToOthers } = await readBatch(decoder, records, {
      ...options,
      now: startedAt,
      lookUpContact,
    });
    faultPoint('ingest.before-store');
    const { stored, refused } = await storeBatch(writer, kept);
    faultPoint('ingest.stored');
    const storedAt = now();
    const unstored = [...rejected, ...refused];
    await Promise.all(unstored.map(({ record, cause }) => deadLetters.setAside(record, cause)));

    for (const { record } of stored) {
      metrics.lagSeconds.observe({ topic: record.topic.name }, (storedAt - record.appendedAt) / 1_000);
    }
    count(metrics, 'stored', stored);
    count(metrics, 'dead_lettered', unstored);
    count(metrics, 'expired', expired);
    count(metrics, 'left_to_others', leftToOthers);
    metrics.batchRecords.observe(records.length);
    metrics.batchSeconds.observe((now() - startedAt) / 1_000);
    logger.debug({ records: records.length, deadLetters: unstored.length }, 'batch ingested');
  };
}

function count(
  metrics: IngestMetrics,
  outcome: IngestOutcome,
  records: readonly { record: ConsumedRecord }[],
): void {
  for (const { record } of records) metrics.records.inc({ topic: record.topic.name, outcome });
}

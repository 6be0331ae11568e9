import type { TopicSpec } from '@hookline/shared/contracts/topics';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { GroupProgress } from '@hookline/shared/kafka/consume/group-progress';
import { PositionedConsumer } from '@hookline/shared/kafka/consume/positioned/positioned-consumer';
import { followRanges, handleRanges } from '@hookline/shared/kafka/consume/read-range';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Metrics } from '@hookline/shared/runtime/metrics';
import { Audit } from './audit.ts';
import { HeldPartitions } from './held-partitions.ts';
import { MisroutedCheck } from './misrouted-check.ts';
import { createLedgerMetrics } from './ledger-metrics.ts';
import type { LedgerRecord } from './ledger-record.ts';
import { Ledger } from './ledger.ts';
import type { LedgerStore } from './pg-ledger-store.ts';
import { createReadLedgerRecords } from './read-ledger-records.ts';
import { LEDGER_TOPICS } from './stages.ts';
import { UnaccountedExamples } from './unaccounted-examples.ts';

/** Consumer group, without prefix. */
const LEDGER_GROUP = 'ledger';
/**
 * Pause in which new records gather: a fetch names every partition of all topics of the ledger, so its cost hardly
 * depends on the number of records. Shorter than a round, so that when the audit checks executions that the readers
 * passed in the previous round, the records that follow from them have been read.
 */
const GATHER_MS = 1_000;
const ROUND_MS = 2_000;
const READ_RECORD_MS = 20_000;

interface CreateLedgerDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  store: LedgerStore;
  metrics: Metrics;
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

interface CreateLedgerOptions {
  /** Time for which executions must be unaccounted before a warning is logged, in ms. */
  warnAfterMs: number;
  /** Minimum time between two look-ups of misrouted requests in partitions that other processes follow, in ms. */
  lookUpEveryMs: number;
}

/** Builds the components of the ledger; the first closes the ledger's connection for offsets, and stops last. */
export function createLedger(
  deps: CreateLedgerDeps,
  { warnAfterMs, lookUpEveryMs }: CreateLedgerOptions,
): Component[] {
  const { client, registry, store, logger, now } = deps;
  const { partitions } = client;
  const metrics = createLedgerMetrics(deps.metrics);
  const progress = new GroupProgress({ client });
  const held = new HeldPartitions({ store, progress, logger, now }, { partitions });
  const readRecords = createReadLedgerRecords({ decoder: registry }, { partitions });
  const consumer = new PositionedConsumer<LedgerRecord[]>(
    {
      client,
      gained: (gained) => held.gained(gained),
      lost: (partition) => held.lost(partition),
      read: readRecords,
      apply: (partition, records) => {
        held.apply(partition, records);
        const last = records.at(-1);
        if (last) metrics.lagSeconds.observe((now() - last.appendedAt) / 1_000);
      },
    },
    { group: LEDGER_GROUP, topics: LEDGER_TOPICS, gatherMs: GATHER_MS },
  );
  const audit = new Audit(
    { progress, held, positions: (partition) => consumer.positions(partition) },
    { partitions },
  );
  const readRecord = (topic: TopicSpec, partition: number, offset: number): Promise<ConsumedRecord | null> =>
    readRecordAt(client, { topic, partition, fromOffset: offset, fromTime: now() });
  const examples = new UnaccountedExamples({ readRecord, decoder: registry, logger, now });
  const misrouted = new MisroutedCheck(
    {
      held,
      readRanges: (ranges, handle) => handleRanges({ client, handle }, [ranges], () => undefined),
      readRecords,
      logger,
      now,
    },
    { partitions, everyMs: lookUpEveryMs },
  );
  const ledger = new Ledger(
    { held, consumer, audit, misrouted, examples, store, metrics, logger, now },
    { roundMs: ROUND_MS, warnAfterMs },
  );
  return [component('offsets of consumer groups', { stop: () => progress.close() }), ledger];
}

/** Reads one record; returns null if Kafka has deleted it, or does not return it within `READ_RECORD_MS`. */
async function readRecordAt(
  client: KafkaClient,
  range: { topic: TopicSpec; partition: number; fromOffset: number; fromTime: number },
): Promise<ConsumedRecord | null> {
  const found = new AbortController();
  let record: ConsumedRecord | null = null;
  const onRecord = (one: ConsumedRecord): void => {
    if (one.offset === range.fromOffset) record = one;
    found.abort();
  };
  await followRanges(
    { client, onRecord },
    [range],
    AbortSignal.any([found.signal, AbortSignal.timeout(READ_RECORD_MS)]),
  );
  return record;
}

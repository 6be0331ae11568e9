import type { Counter, Histogram, Metrics } from '@hookline/shared/runtime/metrics';

/**
 * Result of processing a record. `unstorable` (it cannot be stored) and `over_quota` (there is no room) apply only to
 * dead letters, which then remain only in their topic.
 */
export type IngestOutcome =
  'stored' | 'expired' | 'dead_lettered' | 'left_to_others' | 'unstorable' | 'over_quota';

/** The metrics of the log ingestor. */
export interface IngestMetrics {
  records: Counter<'topic' | 'outcome'>;
  batchRecords: Histogram;
  batchSeconds: Histogram;
  lagSeconds: Histogram<'topic'>;
  partitionsDropped: Counter;
}

export function createIngestMetrics(metrics: Metrics): IngestMetrics {
  return {
    records: metrics.counter('hookline_ingest_records_total', 'Records read, by topic and outcome', [
      'topic',
      'outcome',
    ]),
    batchRecords: metrics.histogram('hookline_ingest_batch_records', 'Number of records in a batch', {
      buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
    }),
    batchSeconds: metrics.histogram('hookline_ingest_batch_seconds', 'Duration of processing a batch', {
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    }),
    lagSeconds: metrics.histogram(
      'hookline_ingest_lag_seconds',
      'Time from the append of a record to its row in history, by topic',
      { buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3_600], labels: ['topic'] },
    ),
    partitionsDropped: metrics.counter(
      'hookline_ingest_partitions_dropped_total',
      'Day partitions dropped because their retention is over',
    ),
  };
}

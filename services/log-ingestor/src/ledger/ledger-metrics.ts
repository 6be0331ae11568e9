import type { Histogram, Metrics } from '@hookline/shared/runtime/metrics';

/** Sums over the partitions that this process follows. */
interface LedgerLevels {
  unaccounted: () => number;
  inHand: () => number;
  waiting: () => number;
}

/** The metrics of the ledger. None of them has the account as a label. */
export interface LedgerMetrics {
  lagSeconds: Histogram;
  watch(levels: LedgerLevels): void;
}

export function createLedgerMetrics(metrics: Metrics): LedgerMetrics {
  return {
    lagSeconds: metrics.histogram(
      'hookline_ledger_lag_seconds',
      'Time from the append of a record until the ledger has counted it',
      { buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600] },
    ),
    watch: ({ unaccounted, inHand, waiting }) => {
      metrics.gauge(
        'hookline_unaccounted_executions',
        'Executions that are neither completed nor waiting, in hand or dead-lettered',
        unaccounted,
      );
      metrics.gauge(
        'hookline_ledger_in_hand',
        'Executions that a dispatcher is processing or has yet to read',
        inHand,
      );
      metrics.gauge(
        'hookline_ledger_waiting',
        'Executions that wait in webhook.delayed, a delay lane or webhook.parked',
        waiting,
      );
    },
  };
}

import type { Histogram } from '@hookline/shared/analytics/histogram';
import { addCount, addError, addWaits, type Measures, noMeasures } from '@hookline/shared/analytics/measures';
import { FINEST_SET, keyHash, OTHERS_HASH, TOTAL_SET } from '@hookline/shared/analytics/rollup-key';
import { KeyedSums, NO_KEY, type RollupRow } from './rollup-row.ts';

/**
 * A fact about the executions of one minute that have the same key. The keys with the most executions are numbered from
 * 1; `key` 0 combines all other keys.
 */
export type MinuteFact =
  | { fact: 'key'; key: number; workflow: string; action: string; endpoint: string | null }
  /**
   * Executions with this status, error class and number of attempts. `bytes` is their total stored size, without their
   * attempts, which `attempt_bytes` counts.
   */
  | {
      fact: 'executions';
      key: number;
      status: string;
      errorType: string | null;
      attempts: number;
      count: number;
      bytes: number;
    }
  | { fact: 'attempt_errors'; key: number; errorType: string; count: number }
  | { fact: 'attempt_bytes'; key: number; bytes: number }
  | { fact: 'durations' | 'start_delays'; key: number; bucket: number; count: number }
  | { fact: 'waits'; key: number; reason: string; count: number; ms: number };

/** Collects the facts of a minute into its rows: the total, and one row for each key. */
export class MinuteRows {
  readonly #rows = new Map<number, RollupRow>();
  readonly #maxExecutions: number;

  constructor({ maxExecutions }: { maxExecutions: number }) {
    this.#maxExecutions = maxExecutions;
  }

  add(fact: MinuteFact): void {
    if (fact.fact === 'key') {
      const { workflow, action, endpoint } = fact;
      const row = this.#rowOf(fact.key);
      row.key = { workflow, action, endpoint };
      row.hash = keyHash(row.key);
    } else addFact(this.#rowOf(fact.key).measures, fact);
  }

  rows(): RollupRow[] {
    const keyed = [...this.#rows.values()];
    const total = new KeyedSums(TOTAL_SET);
    for (const row of keyed) total.add(row);
    const capped = keyed.reduce((sum, { measures }) => sum + measures.executions, 0) >= this.#maxExecutions;
    return [...total.rows(1), ...keyed].map((row) => ({ ...row, capped }));
  }

  #rowOf(key: number): RollupRow {
    const known = this.#rows.get(key);
    if (known) return known;
    const others = key === 0;
    const row = {
      set: FINEST_SET,
      key: NO_KEY,
      hash: OTHERS_HASH,
      others,
      capped: false,
      measures: noMeasures(),
    };
    this.#rows.set(key, row);
    return row;
  }
}

function addFact(sum: Measures, fact: Exclude<MinuteFact, { fact: 'key' }>): void {
  switch (fact.fact) {
    case 'executions':
      addExecutions(sum, fact);
      break;
    case 'attempt_errors':
      addError(sum, fact.errorType, { attempts: fact.count });
      break;
    case 'attempt_bytes':
      sum.storedBytes += fact.bytes;
      break;
    case 'durations':
      addDurations(sum.durations, fact);
      break;
    case 'start_delays':
      addDurations(sum.startDelays, fact);
      break;
    case 'waits':
      addWaits(sum, fact.reason, { waits: fact.count, ms: fact.ms });
  }
}

function addDurations(histogram: Histogram, { bucket, count }: { bucket: number; count: number }): void {
  histogram[bucket] = (histogram[bucket] ?? 0) + count;
}

function addExecutions(sum: Measures, fact: MinuteFact & { fact: 'executions' }): void {
  const { status, errorType, attempts, count, bytes } = fact;
  sum.executions += count;
  sum.attempts += attempts * count;
  sum.storedBytes += bytes;
  addCount(sum.attemptCounts, attempts, count);
  if (status === 'success') sum.succeeded += count;
  if (status === 'error' || status === 'timeout') {
    sum.failed += count;
    if (errorType !== null) addError(sum, errorType, { failed: count });
  }
  if (status === 'cancelled') {
    sum.cancelled += count;
    if (errorType !== null) addError(sum, errorType, { cancelled: count });
  }
}

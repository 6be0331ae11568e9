import { addMeasures, type Measures, noMeasures } from '@hookline/shared/analytics/measures';
import {
  type DimensionSet,
  keyHash,
  keyWithin,
  OTHERS_HASH,
  type RollupKey,
} from '@hookline/shared/analytics/rollup-key';

/** One row of a bucket: the figures of the executions with one key. */
export interface RollupRow {
  set: DimensionSet;
  key: RollupKey;
  hash: string;
  /** Whether the row sums up the keys that have no separate row; the values of its key are then null. */
  others: boolean;
  /** Whether a minute of the bucket reached the maximum number of counted executions. */
  capped: boolean;
  measures: Measures;
}

export const NO_KEY: RollupKey = { workflow: null, action: null, endpoint: null };

/** Sums up rows of a finer level or a finer set into the rows of one bucket for one set of dimensions. */
export class KeyedSums {
  readonly #set: DimensionSet;
  readonly #rows = new Map<string, RollupRow>();

  constructor(set: DimensionSet) {
    this.#set = set;
  }

  /** Adds a row of this set or of a finer set. */
  add(row: Omit<RollupRow, 'set' | 'hash'>): void {
    // The total includes the executions of rows that already sum up several keys.
    const others = row.others && this.#set !== 0;
    const key = keyWithin(row.key, this.#set);
    const sum = this.#sumFor(others ? OTHERS_HASH : keyHash(key), { key, others });
    sum.capped ||= row.capped;
    addMeasures(sum.measures, row.measures);
  }

  #sumFor(hash: string, { key, others }: Pick<RollupRow, 'key' | 'others'>): RollupRow {
    const known = this.#rows.get(hash);
    if (known) return known;
    const sum = { set: this.#set, key, hash, others, capped: false, measures: noMeasures() };
    this.#rows.set(hash, sum);
    return sum;
  }

  /**
   * Returns the rows of the bucket: those of the keys with the most executions, and one row that sums up the rest.
   * Keys with the same number of executions are ordered by hash, so that the order of `add` does not affect the result.
   */
  rows(maxKeys: number): RollupRow[] {
    const keyed = [...this.#rows.values()].filter(({ others }) => !others).sort(bySize);
    const rest = keyed.slice(maxKeys);
    const others = this.#rows.get(OTHERS_HASH);
    if (rest.length === 0) return others ? [...keyed, others] : keyed;
    const sum = others ?? this.#sumFor(OTHERS_HASH, { key: NO_KEY, others: true });
    for (const { capped, measures } of rest) {
      sum.capped ||= capped;
      addMeasures(sum.measures, measures);
    }
    return [...keyed.slice(0, maxKeys), sum];
  }
}

function bySize(a: RollupRow, b: RollupRow): number {
  return b.measures.executions - a.measures.executions || (a.hash < b.hash ? -1 : 1);
}

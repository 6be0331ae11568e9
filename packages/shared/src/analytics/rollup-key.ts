import { createHash } from 'node:crypto';

/**
 * Levels of the rollup, with the length of their buckets in ms. Buckets start at whole minutes, hours and days in UTC.
 */
export const LEVEL_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Level = keyof typeof LEVEL_MS;

export const DIMENSIONS = ['workflow', 'action', 'endpoint'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A set of dimensions that distinguish rows, with one bit for each dimension: 0 is the total and 7 the finest set. */
export type DimensionSet = number;

const BITS: Record<Dimension, number> = { workflow: 1, action: 2, endpoint: 4 };
export const TOTAL_SET: DimensionSet = 0;
export const FINEST_SET: DimensionSet = 7;
export const ALL_SETS: readonly DimensionSet[] = [0, 1, 2, 3, 4, 5, 6, 7];

export function setOf(dimensions: readonly Dimension[]): DimensionSet {
  return dimensions.reduce((set, dimension) => set | BITS[dimension], TOTAL_SET);
}

/** Value of each dimension in a row; null for a dimension outside the row's set, and for an unknown endpoint. */
export type RollupKey = Record<Dimension, string | null>;

/** Returns a key with all dimensions outside a set replaced by null. */
export function keyWithin(key: RollupKey, set: DimensionSet): RollupKey {
  const value = (dimension: Dimension): string | null =>
    (set & BITS[dimension]) === 0 ? null : key[dimension];
  return { workflow: value('workflow'), action: value('action'), endpoint: value('endpoint') };
}

/**
 * Hash of the row that combines all keys beyond the maximum number in a bucket; no key has this hash except by chance.
 */
export const OTHERS_HASH = '0';

/**
 * Returns the hash by which the rows of a key are found: a Postgres `bigint` as text. The key itself is not indexed,
 * because an endpoint can exceed the maximum size of an index entry. 64 bits of SHA-256 do not collide by chance within
 * the rows of one account.
 */
export function keyHash({ workflow, action, endpoint }: RollupKey): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([workflow, action, endpoint]))
    .digest();
  return digest.readBigInt64BE(0).toString();
}

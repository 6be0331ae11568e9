/**
 * Histograms of durations (ADR 40). Bucket `i` counts durations in whole milliseconds from `BUCKET_STARTS_MS[i]` to
 * just below the next start. Up to 20 ms, a bucket is 1 ms wide; above that, its width is at most 10 % of its start. A
 * duration read from a histogram is therefore off by at most 5 % plus half a millisecond. All histograms have the same
 * buckets, so they can be merged without loss.
 */

/** Number of durations in each bucket, including empty ones, because arrays of equal length are the cheapest to add. */
export type Histogram = number[];

const GROWTH = 1.1;
/**
 * Durations up to this value are counted below the last, unbounded bucket. The value is twice the longest lifetime of a
 * request: 7 days until `not_before` plus 7 days until `expires_at`.
 */
const LONGEST_MS = 28 * 86_400_000;

/** Smallest duration of each bucket, ms, ascending. The last bucket has no upper bound. */
export const BUCKET_STARTS_MS: readonly number[] = bucketStarts();

function bucketStarts(): number[] {
  const starts = [0];
  for (let start = 1; ; start = Math.max(start + 1, Math.floor(start * GROWTH))) {
    starts.push(start);
    if (start > LONGEST_MS) return starts;
  }
}

/** Returns the smallest duration in a bucket and the smallest duration above the bucket, in ms. */
export function bucketBounds(bucket: number): { fromMs: number; belowMs: number } {
  const fromMs = BUCKET_STARTS_MS[bucket] ?? 0;
  return { fromMs, belowMs: BUCKET_STARTS_MS[bucket + 1] ?? Infinity };
}

const EMPTY: Histogram = BUCKET_STARTS_MS.map(() => 0);

export function newHistogram(): Histogram {
  return EMPTY.slice();
}

/** Returns the non-empty buckets in order, with their counts. */
export function filledBuckets(histogram: Histogram): [bucket: number, count: number][] {
  const filled: [number, number][] = [];
  for (const [bucket, count] of histogram.entries()) if (count !== 0) filled.push([bucket, count]);
  return filled;
}

/**
 * Returns the percentile for each share, in ms: the middle of the bucket that contains it. Null for an empty histogram.
 * @param shares from 0 to 1, ascending
 */
export function percentiles(histogram: Histogram, shares: readonly number[]): number[] | null {
  let total = 0;
  for (let bucket = 0; bucket < histogram.length; bucket++) total += histogram[bucket] ?? 0;
  if (total === 0) return null;
  const found: number[] = [];
  let below = 0;
  for (let bucket = 0; found.length < shares.length; bucket++) {
    below += histogram[bucket] ?? 0;
    while (
      found.length < shares.length &&
      below >= Math.max(1, Math.ceil(total * (shares[found.length] ?? 1)))
    ) {
      found.push(middleOf(bucket));
    }
  }
  return found;
}

function middleOf(bucket: number): number {
  const { fromMs, belowMs } = bucketBounds(bucket);
  return belowMs === Infinity ? fromMs : Math.floor((fromMs + belowMs - 1) / 2);
}

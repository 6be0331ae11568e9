/**
 * Histograms of durations (ADR 40). Bucket `i` contains the whole milliseconds from `BUCKET_STARTS_MS[i]` to below the next
 * start. Buckets are 1 ms wide up to 20 ms and then at most 10 % of their start, so a duration read from a
 * histogram is wrong by at most 5 %, or 1 ms. All histograms have the same buckets, so they are merged without loss.
 */

/** Number of durations in each bucket that has any. */
export type Histogram = Map<number, number>;

const GROWTH = 1.1;
/** Longest duration that is told apart, a request's longest life twice: `not_before` and `expires_at`. */
const LONGEST_MS = 28 * 86_400_000;

/** Smallest duration of each bucket, ms, ascending. The last bucket has no upper end. */
export const BUCKET_STARTS_MS: readonly number[] = bucketStarts();

function bucketStarts(): number[] {
  const starts = [0];
  for (let start = 1; start <= LONGEST_MS; start = Math.max(start + 1, Math.floor(start * GROWTH)))
    starts.push(start);
  return starts;
}

/** Returns the smallest duration of a bucket and the smallest one above it, ms. */
export function bucketBounds(bucket: number): { fromMs: number; belowMs: number } {
  const fromMs = BUCKET_STARTS_MS[bucket] ?? 0;
  return { fromMs, belowMs: BUCKET_STARTS_MS[bucket + 1] ?? Infinity };
}

/**
 * Returns the duration in ms below which a share of all durations lies: the middle of its bucket. Null for an empty
 * histogram.
 * @param share from 0 to 1
 */
export function percentile(histogram: Histogram, share: number): number | null {
  const buckets = [...histogram].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(total * share));
  let below = 0;
  for (const [bucket, count] of buckets) {
    below += count;
    if (below >= rank) return middleOf(bucket);
  }
  return null;
}

function middleOf(bucket: number): number {
  const { fromMs, belowMs } = bucketBounds(bucket);
  return belowMs === Infinity ? fromMs : Math.floor((fromMs + belowMs - 1) / 2);
}

/**
 * Returns the smallest of the values such that at least this share of them does not exceed it (nearest rank).
 * @param quantile 0 to 1
 * @returns NaN if there are no values
 */
export function quantile(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(quantile * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** Returns the middle value, or the mean of the two middle values; NaN if there are no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Distribution of a figure over the rounds of a row. */
export interface Spread {
  median: number;
  min: number;
  max: number;
  /** Value of each round, in order. */
  rounds: number[];
}

/** @param digits number of decimals in the result */
export function spreadOf(rounds: readonly number[], digits = 1): Spread {
  const rounded = rounds.map((value) => round(value, digits));
  return {
    median: round(median(rounds), digits),
    min: Math.min(...rounded),
    max: Math.max(...rounded),
    rounds: rounded,
  };
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

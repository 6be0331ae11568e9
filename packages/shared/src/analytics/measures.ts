import { filledBuckets, type Histogram, newHistogram } from './histogram.ts';

/** All figures for a set of executions (ADR 40). Counts are exact whole numbers. */
export interface Measures {
  executions: number;
  succeeded: number;
  /**
   * Executions that ended as `error` or `timeout`. An execution that is not counted in `succeeded`, `failed` or
   * `cancelled` has not ended.
   */
  failed: number;
  cancelled: number;
  attempts: number;
  /**
   * Bytes of contexts, metadata, mapped values, mapping errors, request URLs, headers and bodies as stored, before
   * Postgres compresses them.
   */
  storedBytes: number;
  /** Number of executions for each number of attempts. */
  attemptCounts: Map<number, number>;
  /** Numbers of executions and attempts that ended with each error class. */
  errors: Map<string, ErrorCounts>;
  /** Durations of attempts. */
  durations: Histogram;
  /** Time from acceptance, or `not_before` if that is later, to the start of the first attempt. */
  startDelays: Histogram;
  /** Number of waits before an attempt, and the time waited in ms, by reason. */
  waits: Map<string, { waits: number; ms: number }>;
}

interface ErrorCounts {
  failed: number;
  cancelled: number;
  attempts: number;
}

export function noMeasures(): Measures {
  return {
    executions: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    attempts: 0,
    storedBytes: 0,
    attemptCounts: new Map(),
    errors: new Map(),
    durations: newHistogram(),
    startDelays: newHistogram(),
    waits: new Map(),
  };
}

const PLAIN = ['executions', 'succeeded', 'failed', 'cancelled', 'attempts', 'storedBytes'] as const;
const HISTOGRAMS = ['durations', 'startDelays'] as const;

/**
 * Adds measures of other executions to `sum`.
 * @param sign -1 subtracts them instead, to compute the rest of a total from its known parts
 */
export function addMeasures(sum: Measures, more: Measures, sign: 1 | -1 = 1): void {
  for (const field of PLAIN) sum[field] += sign * more[field];
  for (const field of HISTOGRAMS) addHistogram(sum[field], more[field], sign);
  for (const [attempts, count] of more.attemptCounts) addCount(sum.attemptCounts, attempts, sign * count);
  for (const [errorType, { failed, cancelled, attempts }] of more.errors) {
    addError(sum, errorType, {
      failed: sign * failed,
      cancelled: sign * cancelled,
      attempts: sign * attempts,
    });
  }
  for (const [reason, { waits, ms }] of more.waits)
    addWaits(sum, reason, { waits: sign * waits, ms: sign * ms });
}

function addHistogram(sum: Histogram, more: Histogram, sign: 1 | -1): void {
  for (let bucket = 0; bucket < sum.length; bucket++) {
    sum[bucket] = (sum[bucket] ?? 0) + sign * (more[bucket] ?? 0);
  }
}

/** Adds to the count of a key, and removes the key if its count becomes 0. */
export function addCount(counts: Map<number, number>, key: number, more: number): void {
  const count = (counts.get(key) ?? 0) + more;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/**
 * Maximum number of error classes, and of wait reasons, in one row. Fewer than twenty of each exist, so only a bug
 * could exceed this maximum.
 */
const MAX_NAMES = 40;
/** Name under which all names beyond the maximum are counted. */
const FURTHER_NAMES = 'other';

function boundedName(names: ReadonlyMap<string, unknown>, name: string): string {
  return names.has(name) || names.size < MAX_NAMES ? name : FURTHER_NAMES;
}

export function addError({ errors }: Measures, errorType: string, more: Partial<ErrorCounts>): void {
  const name = boundedName(errors, errorType);
  const sum = errors.get(name) ?? { failed: 0, cancelled: 0, attempts: 0 };
  sum.failed += more.failed ?? 0;
  sum.cancelled += more.cancelled ?? 0;
  sum.attempts += more.attempts ?? 0;
  if (sum.failed === 0 && sum.cancelled === 0 && sum.attempts === 0) errors.delete(name);
  else errors.set(name, sum);
}

export function addWaits({ waits }: Measures, reason: string, more: { waits: number; ms: number }): void {
  const name = boundedName(waits, reason);
  const sum = waits.get(name) ?? { waits: 0, ms: 0 };
  sum.waits += more.waits;
  sum.ms += more.ms;
  if (sum.waits === 0) waits.delete(name);
  else waits.set(name, sum);
}

/**
 * Measures as stored: a `json` array in the order of `Measures`. Each error class and each wait reason has its own
 * array. Maps from numbers to counts are flat, `[key, count, key, count, …]`, because parsing one array per count would
 * take most of the time needed to read a row. Everything is sorted, so that equal measures have equal texts.
 */
export type StoredMeasures = [
  plain: number[],
  attemptCounts: number[],
  errors: [string, number, number, number][],
  durations: number[],
  startDelays: number[],
  waits: [string, number, number][],
];

export function storedMeasures(measures: Measures): StoredMeasures {
  return [
    PLAIN.map((field) => measures[field]),
    [...measures.attemptCounts].sort(([a], [b]) => a - b).flat(),
    byName(measures.errors).map(([name, error]) => [name, error.failed, error.cancelled, error.attempts]),
    filledBuckets(measures.durations).flat(),
    filledBuckets(measures.startDelays).flat(),
    byName(measures.waits).map(([name, { waits, ms }]) => [name, waits, ms]),
  ];
}

export function readMeasures(stored: StoredMeasures): Measures {
  const measures = noMeasures();
  addStored(measures, stored);
  return measures;
}

/** Adds stored measures to `sum` directly, at a fraction of the cost of `readMeasures` and `addMeasures`. */
export function addStored(sum: Measures, stored: StoredMeasures): void {
  const [plain, attemptCounts, errors, durations, startDelays, waits] = stored;
  for (const [index, field] of PLAIN.entries()) sum[field] += plain[index] ?? 0;
  for (let i = 0; i < attemptCounts.length; i += 2) {
    addCount(sum.attemptCounts, attemptCounts[i] ?? 0, attemptCounts[i + 1] ?? 0);
  }
  for (const [name, failed, cancelled, attempts] of errors)
    addError(sum, name, { failed, cancelled, attempts });
  addFlat(sum.durations, durations);
  addFlat(sum.startDelays, startDelays);
  for (const [name, count, ms] of waits) addWaits(sum, name, { waits: count, ms });
}

function addFlat(histogram: Histogram, flat: readonly number[]): void {
  for (let i = 0; i < flat.length; i += 2) {
    const bucket = flat[i] ?? 0;
    histogram[bucket] = (histogram[bucket] ?? 0) + (flat[i + 1] ?? 0);
  }
}

/** Returns the numbers by which stored measures are ranked: executions and attempts. */
export function storedSize([[executions = 0, , , , attempts = 0]]: StoredMeasures): {
  executions: number;
  attempts: number;
} {
  return { executions, attempts };
}

/** Returns the numbers of executions and attempts with one error class in stored measures. */
export function storedErrorSize(
  [, , errors]: StoredMeasures,
  errorType: string,
): { executions: number; attempts: number } {
  const [, failed = 0, cancelled = 0, attempts = 0] = errors.find(([name]) => name === errorType) ?? [];
  return { executions: failed + cancelled, attempts };
}

function byName<Value>(values: ReadonlyMap<string, Value>): [string, Value][] {
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1));
}

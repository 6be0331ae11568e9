import type { Histogram } from './histogram.ts';

/** Everything that analytics know about a set of executions (ADR 40). Counts are exact whole numbers. */
export interface Measures {
  executions: number;
  succeeded: number;
  /** Ended as `error` or `timeout`. Those that are in no count of these three have not ended. */
  failed: number;
  cancelled: number;
  attempts: number;
  /** Bytes of contexts, metadata, headers, bodies and mapped values as stored, before Postgres compresses them. */
  storedBytes: number;
  /** Executions by their number of attempts. */
  attemptCounts: Map<number, number>;
  /** By error class: executions that ended with it, and attempts. */
  errors: Map<string, ErrorCounts>;
  /** Durations of attempts. */
  durations: Histogram;
  /** Time from acceptance, or `not_before` if that is later, to the start of the first attempt. */
  startDelays: Histogram;
  /** By reason: waits before an attempt, and the time waited, ms. */
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
    durations: new Map(),
    startDelays: new Map(),
    waits: new Map(),
  };
}

const PLAIN = ['executions', 'succeeded', 'failed', 'cancelled', 'attempts', 'storedBytes'] as const;
const COUNTS = ['attemptCounts', 'durations', 'startDelays'] as const;

/**
 * Adds measures of other executions to `sum`.
 * @param sign -1 takes them away again, for the rest of a total whose other parts are known
 */
export function addMeasures(sum: Measures, more: Measures, sign: 1 | -1 = 1): void {
  for (const field of PLAIN) sum[field] += sign * more[field];
  for (const field of COUNTS) {
    for (const [key, count] of more[field]) addCount(sum[field], key, sign * count);
  }
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

export function addCount<Key>(counts: Map<Key, number>, key: Key, more: number): void {
  const count = (counts.get(key) ?? 0) + more;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** Maximum number of error classes, and of reasons, in one row. There are about twenty; this only bounds mistakes. */
const MAX_NAMES = 40;
/** Name of all those beyond the maximum. */
const FURTHER_NAMES = 'other';

function boundedName(names: ReadonlyMap<string, unknown>, name: string): string {
  return names.has(name) || names.size < MAX_NAMES ? name : FURTHER_NAMES;
}

export function addError({ errors }: Measures, errorType: string, more: Partial<ErrorCounts>): void {
  const name = boundedName(errors, errorType);
  const known = errors.get(name);
  const failed = (known?.failed ?? 0) + (more.failed ?? 0);
  const cancelled = (known?.cancelled ?? 0) + (more.cancelled ?? 0);
  const attempts = (known?.attempts ?? 0) + (more.attempts ?? 0);
  if (failed === 0 && cancelled === 0 && attempts === 0) errors.delete(name);
  else errors.set(name, { failed, cancelled, attempts });
}

export function addWaits({ waits }: Measures, reason: string, more: { waits: number; ms: number }): void {
  const name = boundedName(waits, reason);
  const known = waits.get(name);
  const count = (known?.waits ?? 0) + more.waits;
  const ms = (known?.ms ?? 0) + more.ms;
  if (count === 0) waits.delete(name);
  else waits.set(name, { waits: count, ms });
}

/**
 * Measures as stored: a `json` array in the order of `Measures`, with maps as arrays of entries sorted by key. Arrays, because
 * names would make up most of a row, and because a name from outside must not become a property.
 */
export type StoredMeasures = [
  plain: number[],
  attemptCounts: [number, number][],
  errors: [string, number, number, number][],
  durations: [number, number][],
  startDelays: [number, number][],
  waits: [string, number, number][],
];

export function storedMeasures(measures: Measures): StoredMeasures {
  return [
    PLAIN.map((field) => measures[field]),
    byKey(measures.attemptCounts),
    byName(measures.errors).map(([name, error]) => [name, error.failed, error.cancelled, error.attempts]),
    byKey(measures.durations),
    byKey(measures.startDelays),
    byName(measures.waits).map(([name, { waits, ms }]) => [name, waits, ms]),
  ];
}

export function readMeasures([
  plain,
  attemptCounts,
  errors,
  durations,
  startDelays,
  waits,
]: StoredMeasures): Measures {
  const measures = noMeasures();
  for (const [index, field] of PLAIN.entries()) measures[field] = plain[index] ?? 0;
  measures.attemptCounts = new Map(attemptCounts);
  measures.errors = new Map(
    errors.map(([name, failed, cancelled, attempts]) => [name, { failed, cancelled, attempts }]),
  );
  measures.durations = new Map(durations);
  measures.startDelays = new Map(startDelays);
  measures.waits = new Map(waits.map(([name, count, ms]) => [name, { waits: count, ms }]));
  return measures;
}

function byKey(counts: ReadonlyMap<number, number>): [number, number][] {
  return [...counts].sort(([a], [b]) => a - b);
}

function byName<Value>(values: ReadonlyMap<string, Value>): [string, Value][] {
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1));
}

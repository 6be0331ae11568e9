import { type Bound, isKept } from './bounds.ts';
import { median, round, type Spread, spreadOf } from './quantile.ts';
import type { Balance, Deferrals, StartTimes } from './round-figures.ts';

/** Figures by process name; a process is a service or a store, with all its child processes. */
export type ByProcess = Record<string, number>;

/** Figures of one round. */
export interface RoundFigures extends Partial<Balance> {
  deliveriesPerSecond?: number;
  startMs?: StartTimes;
  cpuMsPerDelivery?: ByProcess;
  /** Share of one core in percent, for rows without deliveries. */
  cpuPercent?: ByProcess;
  rssMiB?: ByProcess;
  deferrals?: Deferrals;
  /** Additional figures of this row, by name with unit. */
  more?: Record<string, number>;
}

/** A row in bench/out/latest.json. */
export interface Row {
  name: string;
  /** Label of the checkout that was measured. */
  project: string;
  rounds: number;
  deliveriesPerSecond: Spread | null;
  /** Medians over the rounds. */
  startMs: StartTimes | null;
  cpuMsPerDelivery: ByProcess;
  cpuPercent: ByProcess;
  rssMiB: ByProcess;
  /** Sums over the rounds. */
  lost: number;
  duplicated: number;
  refused: number;
  unsuccessful: number;
  waiting: number;
  /** Maximum over all rounds, and median of the shares. */
  deferrals: Deferrals | null;
  more: Record<string, Spread>;
  bounds: (Bound & { pass: boolean })[];
}

export interface RowInput {
  name: string;
  project: string;
  rounds: readonly RoundFigures[];
  bounds?: readonly Bound[];
}

/** Computes medians, spreads and sums over the rounds of a row. */
export function rowOf({ name, project, rounds, bounds = [] }: RowInput): Row {
  const starts = defined(rounds.map(({ startMs }) => startMs));
  const rates = defined(rounds.map(({ deliveriesPerSecond }) => deliveriesPerSecond));
  const deferrals = defined(rounds.map((figures) => figures.deferrals));
  const more = defined(rounds.map((figures) => figures.more));
  const sum = (pick: (figures: RoundFigures) => number | undefined): number =>
    rounds.reduce((total, figures) => total + (pick(figures) ?? 0), 0);
  return {
    name,
    project,
    rounds: rounds.length,
    deliveriesPerSecond: rates.length > 0 ? spreadOf(rates, 1) : null,
    startMs:
      starts.length > 0
        ? {
            p50: round(median(starts.map(({ p50 }) => p50)), 1),
            p95: round(median(starts.map(({ p95 }) => p95)), 1),
            p99: round(median(starts.map(({ p99 }) => p99)), 1),
          }
        : null,
    cpuMsPerDelivery: medians(defined(rounds.map((figures) => figures.cpuMsPerDelivery)), 4),
    cpuPercent: medians(defined(rounds.map((figures) => figures.cpuPercent)), 2),
    rssMiB: medians(defined(rounds.map((figures) => figures.rssMiB)), 0),
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    refused: sum(({ refused }) => refused),
    unsuccessful: sum(({ unsuccessful }) => unsuccessful),
    waiting: sum(({ waiting }) => waiting),
    deferrals:
      deferrals.length > 0
        ? {
            max: Math.max(...deferrals.map(({ max }) => max)),
            share: round(median(deferrals.map(({ share }) => share)), 4),
          }
        : null,
    more: Object.fromEntries(namesIn(more).map((key) => [key, spreadOf(valuesOf(more, key), 2)])),
    bounds: bounds.map((bound) => ({
      ...bound,
      max: round(bound.max, 1),
      rounds: bound.rounds.map((value) => round(value, 1)),
      pass: isKept(bound),
    })),
  };
}

/** Returns the bounds that apply to every row with deliveries: no request is lost or fails. */
export function nothingLost(rounds: readonly RoundFigures[]): Bound[] {
  return [
    { name: 'lost', unit: 'requests', max: 0, rounds: rounds.map(({ lost = Number.NaN }) => lost) },
    {
      name: 'not successful',
      unit: 'requests',
      max: 0,
      rounds: rounds.map(({ unsuccessful = Number.NaN }) => unsuccessful),
    },
  ];
}

function medians(rounds: readonly ByProcess[], digits: number): ByProcess {
  return Object.fromEntries(
    namesIn(rounds).map((name) => [name, round(median(valuesOf(rounds, name)), digits)]),
  );
}

function namesIn(records: readonly ByProcess[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

function valuesOf(records: readonly ByProcess[], name: string): number[] {
  return defined(records.map((record) => record[name]));
}

function defined<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}

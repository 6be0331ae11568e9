import { round } from './quantile.ts';
import type { Row } from './row.ts';

/** Ratios of the first checkout's figures for one row to those of another checkout; 1 means that they are equal. */
export interface Comparison {
  row: string;
  project: string;
  against: string;
  /** Above 1: the first checkout delivers more per second. */
  deliveriesPerSecond: number | null;
  /** Below 1: the requests of the first checkout start sooner. */
  startP99: number | null;
  /** Below 1: the first checkout uses less CPU per delivery, summed over all processes. */
  cpuPerDelivery: number | null;
}

/** Compares every row of the first label with the same row of each other label. */
export function comparisons(rows: readonly Row[], first: string): Comparison[] {
  return rows
    .filter(({ project }) => project === first)
    .flatMap((row) =>
      rows
        .filter((other) => other.name === row.name && other.project !== first)
        .map((other) => ({
          row: row.name,
          project: first,
          against: other.project,
          deliveriesPerSecond: ratio(row.deliveriesPerSecond?.median, other.deliveriesPerSecond?.median),
          startP99: ratio(row.startMs?.p99, other.startMs?.p99),
          cpuPerDelivery: ratio(total(row), total(other)),
        })),
    );
}

function total({ cpuMsPerDelivery }: Row): number | undefined {
  const values = Object.values(cpuMsPerDelivery);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

function ratio(value: number | undefined, other: number | undefined): number | null {
  if (value === undefined || other === undefined || other === 0) return null;
  return round(value / other, 3);
}

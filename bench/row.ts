import type { StackAddresses } from '@hookline/testkit/stack/start-stack';

/** One line of the result. */
export interface Row {
  name: string;
  unit: string;
  /** Median of the rounds. */
  median: number;
  /** Each round, in order. */
  values: number[];
  /** What no round may exceed, where something is promised. */
  most?: number;
}

/** What a measurement works with. */
export interface Setting {
  stack: StackAddresses;
  /** Where the logs of processes go. */
  logDir: string;
  /** Requests of one round. */
  requests: number;
  rounds: number;
  report: (line: string) => void;
}

export interface RowOptions {
  /** Decimals kept; 0 by default. */
  digits?: number;
  most?: number;
}

/** A row from the values of its rounds, rounded. */
export function row(
  name: string,
  unit: string,
  measured: readonly number[],
  { digits = 0, ...bound }: RowOptions = {},
): Row {
  const values = measured.map((value) => Number(value.toFixed(digits)));
  const sorted = values.toSorted((a, b) => a - b);
  return { name, unit, median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, values, ...bound };
}

/** Whether a round broke the promise of its row; what could not be measured did. */
export function breaksPromise({ values, most }: Row): boolean {
  return most !== undefined && !values.every((value) => value <= most);
}

import { quantile } from '../figures/quantile.ts';

/** One line of the result: cells by heading. */
export type Line = Readonly<Record<string, string | number>>;

/** Formats lines as a text table with the headings of the first line. */
export function textTable(title: string, lines: readonly Line[]): string {
  const headings = Object.keys(lines[0] ?? {});
  const cells = [headings, ...lines.map((line) => headings.map((heading) => String(line[heading] ?? '')))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const rows = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return ['', title, ...rows].join('\n');
}

export function ms(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(value < 10 ? 2 : 1);
}

/** Returns the median and the 95th percentile of durations, in ms. */
export function p50p95(durations: readonly number[]): { p50: string; p95: string } {
  return { p50: ms(quantile(durations, 0.5)), p95: ms(quantile(durations, 0.95)) };
}

/** Runs `work` and returns its duration in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

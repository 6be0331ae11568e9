import type { ScenarioResult } from './scenarios/scenario.ts';

const COLUMNS = [
  'scenario',
  'seed',
  'requested',
  'lost',
  'duplicateCalls',
  'duplicateCompleted',
  'inFlight',
  'recoveryMs',
] as const satisfies (keyof ScenarioResult)[];

/** Formats the results as a text table, followed by the figures and broken guarantees of each scenario. Pure. */
export function resultTable(results: readonly ScenarioResult[]): string {
  const rows = [
    COLUMNS as readonly string[],
    ...results.map((result) => COLUMNS.map((name) => String(result[name]))),
  ];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...table, '', ...results.flatMap(notes)].join('\n');
}

function notes({ scenario, figures, violations, history }: ScenarioResult): string[] {
  const numbers = Object.entries(figures).map(([name, value]) => `${name} ${Number(value.toFixed(2))}`);
  const verdict = violations.length === 0 ? 'every guarantee kept' : `NOT KEPT (${history ?? 'no history'})`;
  return [
    `${scenario}: ${[verdict, ...numbers].join(', ')}`,
    ...violations.map((violation) => `  ${violation}`),
  ];
}

import { KNOWN_SURVIVORS } from './known-survivors.ts';
import type { TestedMutant } from './test-target.ts';

export interface TargetResult {
  path: string;
  mutants: TestedMutant[];
}

const MAX_LENGTH = 100;

/** Returns a text on one line, shortened. */
export function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** Whether a mutant is listed among those that tests cannot, or need not, notice. */
export function isKnown(path: string, { lineText, original, replacement }: TestedMutant): boolean {
  const change = `${cut(original)} → ${cut(replacement)}`;
  return KNOWN_SURVIVORS.some(
    (known) => known.path === path && known.line === lineText && known.changes.includes(change),
  );
}

/** Renders the figures of each file and of all files together. */
export function renderTable(results: readonly TargetResult[]): string {
  const rows = results.map(({ path, mutants }) => {
    const alive = mutants.filter(({ fate }) => fate !== 'killed');
    return {
      path,
      total: mutants.length,
      alive: alive.length,
      known: alive.filter((one) => isKnown(path, one)).length,
    };
  });
  const sum = (count: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + count(row), 0);
  const all = {
    path: 'all',
    total: sum((row) => row.total),
    alive: sum((row) => row.alive),
    known: sum((row) => row.known),
  };
  const lines = [...rows, all].map(({ path, total, alive, known }) => {
    const share = ((100 * (total - alive)) / total).toFixed(1);
    const figures = [total, total - alive, `${share} %`, known, alive - known];
    return path.padEnd(62) + figures.map((figure) => String(figure).padStart(9)).join('');
  });
  const head = ['mutants', 'killed', 'share', 'listed', 'new'].map((name) => name.padStart(9)).join('');
  return [`${'file'.padEnd(62)}${head}`, ...lines].join('\n');
}

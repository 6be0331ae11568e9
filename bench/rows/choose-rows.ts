import type { RowSpec } from '../bench-context.ts';

/**
 * Returns the rows with these names and, before them, the rows that they need; all rows if there are no names.
 * @throws Error that lists the existing rows if a name is unknown
 */
export function chooseRows(rows: readonly RowSpec[], names: readonly string[]): RowSpec[] {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) {
    const known = rows.map(({ name }) => name).join(', ');
    throw new Error(`unknown row ${unknown.join(', ')}; choose from ${known}`);
  }
  if (names.length === 0) return [...rows];
  const wanted = new Set(names);
  for (const { needs = [], name } of rows) {
    if (wanted.has(name)) for (const needed of needs) wanted.add(needed);
  }
  return rows.filter(({ name }) => wanted.has(name));
}

import type { RowSpec } from '../setting.ts';

/**
 * The rows with these names, and before them those they need. All rows without names.
 * @throws Error that lists the rows if there is none of a name
 */
export function chooseRows(rows: readonly RowSpec[], names: readonly string[]): RowSpec[] {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) {
    const known = rows.map(({ name }) => name).join(', ');
    throw new Error(`there is no row ${unknown.join(', ')}; the rows are ${known}`);
  }
  if (names.length === 0) return [...rows];
  const wanted = new Set(names);
  for (const { needs = [], name } of rows) {
    if (wanted.has(name)) for (const needed of needs) wanted.add(needed);
  }
  return rows.filter(({ name }) => wanted.has(name));
}

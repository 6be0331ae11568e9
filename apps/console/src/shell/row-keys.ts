/** Selector for the rows of the tables on a page. */
const ROWS = '.table tbody tr';
const FOCUSABLE = 'a[href], button:not(:disabled), summary';

/**
 * Moves the focus to the first link or button of the next or previous row, so that Enter opens the row. If no row has
 * the focus, moves it to the first row.
 * @returns false if the page has no row with a link or button
 */
export function moveToRow(page: HTMLElement | null, step: 1 | -1): boolean {
  const rows = [...(page?.querySelectorAll<HTMLElement>(ROWS) ?? [])].filter(
    (row) => row.querySelector(FOCUSABLE) !== null,
  );
  if (rows.length === 0) return false;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  next?.querySelector<HTMLElement>(FOCUSABLE)?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  return true;
}

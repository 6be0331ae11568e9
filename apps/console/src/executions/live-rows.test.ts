import { describe, expect, test } from '@jest/globals';
import type { ExecutionRow } from './execution-list.ts';
import {
  forgetUpTo,
  joinRows,
  keyOf,
  type LiveRows,
  MAX_CHANGED,
  MAX_WAITING,
  missed,
  NOTHING_ARRIVED,
  receive,
  showWaiting,
} from './live-rows.ts';

const rowOf = (minute: number, columns: Partial<ExecutionRow> = {}): ExecutionRow =>
  ({
    execution_id: `e${minute}`,
    accepted_at: `2026-01-10T00:${String(minute).padStart(2, '0')}:00.000Z`,
    completed_at: null,
    attempt_count: 0,
    ...columns,
  }) as ExecutionRow;

const arriving = (...rows: ExecutionRow[]) => rows.map((row) => ({ row, hasLeft: false }));

function receiving(
  live: LiveRows,
  rows: Parameters<typeof receive>[1],
  { listed = [], isPaused = false }: { listed?: ExecutionRow[]; isPaused?: boolean } = {},
): LiveRows {
  const keys = new Set(listed.map(keyOf));
  return receive(live, rows, { isPaused, isListed: (key) => keys.has(key) });
}

const idsOf = (listed: readonly ExecutionRow[], live: LiveRows, isWhole = true): string[] =>
  joinRows(listed, live.changed, { isWhole }).map(({ row }) => row.execution_id);

describe('rows that arrive', () => {
  test('are inserted in the order of the list', () => {
    const listed = [rowOf(5), rowOf(3), rowOf(1)];
    const live = receiving(NOTHING_ARRIVED, arriving(rowOf(6), rowOf(4), rowOf(7)), { listed });
    expect(idsOf(listed, live)).toEqual(['e7', 'e6', 'e5', 'e4', 'e3', 'e1']);
  });

  test('are left out if they are older than the loaded pages, unless the list ends there', () => {
    const listed = [rowOf(5), rowOf(3)];
    const live = receiving(NOTHING_ARRIVED, arriving(rowOf(2)), { listed });
    expect(idsOf(listed, live, false)).toEqual(['e5', 'e3']);
    expect(idsOf(listed, live, true)).toEqual(['e5', 'e3', 'e2']);
    expect(idsOf([], live, true)).toEqual(['e2']);
  });

  test('are held back while the list is in use, except changes to rows that it shows', () => {
    const listed = [rowOf(5), rowOf(3)];
    const changed = rowOf(3, { attempt_count: 1 });
    const live = receiving(NOTHING_ARRIVED, arriving(rowOf(6), changed), { listed, isPaused: true });
    expect(joinRows(listed, live.changed, { isWhole: true }).map(({ row }) => row)).toEqual([
      rowOf(5),
      changed,
    ]);
    expect(live.waiting.size).toBe(1);
    const shown = showWaiting(live);
    expect(idsOf(listed, shown)).toEqual(['e6', 'e5', 'e3']);
    expect(shown.waiting.size).toBe(0);
  });

  test('that no longer match the filter stay if they are shown, and are dropped if held back', () => {
    const listed = [rowOf(5)];
    const paused = { listed, isPaused: true };
    let live = receiving(NOTHING_ARRIVED, arriving(rowOf(6)), paused);
    live = receiving(
      live,
      [
        { row: rowOf(5, { attempt_count: 1 }), hasLeft: true },
        { row: rowOf(6), hasLeft: true },
      ],
      paused,
    );
    expect(live.waiting.size).toBe(0);
    expect(joinRows(listed, live.changed, { isWhole: true })).toMatchObject([{ hasLeft: true }]);
  });

  test('never replace a later state of the same row', () => {
    const ended = rowOf(5, { completed_at: '2026-01-10T00:06:00.000Z', attempt_count: 1 });
    const live = receiving(NOTHING_ARRIVED, arriving(ended, rowOf(5)));
    expect(joinRows([], live.changed, { isWhole: true })[0]?.row).toBe(ended);
    const old = receiving(NOTHING_ARRIVED, arriving(rowOf(5)));
    expect(joinRows([ended], old.changed, { isWhole: true })[0]?.row).toBe(ended);
  });

  test('require the list to be read again if too many are held back or shown', () => {
    const many = Array.from({ length: MAX_WAITING + 1 }, (_, index) =>
      rowOf(1, { execution_id: `w${index}` }),
    );
    const waiting = receiving(NOTHING_ARRIVED, arriving(...many), { isPaused: true });
    expect([waiting.waiting.size, waiting.isIncomplete]).toEqual([MAX_WAITING, true]);
    const more = Array.from({ length: MAX_CHANGED + 1 }, (_, index) =>
      rowOf(1, { execution_id: `c${index}` }),
    );
    expect(receiving(NOTHING_ARRIVED, arriving(...more)).isIncomplete).toBe(true);
  });

  test('require another read of the list if some were missed during the last one', () => {
    const once = missed(NOTHING_ARRIVED);
    expect(forgetUpTo(once, once.arrivals).isIncomplete).toBe(false);
    expect(forgetUpTo(missed(once), once.arrivals)).toMatchObject({ isIncomplete: true, rereads: 1 });
  });

  test('are forgotten once the list has been read after their arrival', () => {
    const before = receiving(NOTHING_ARRIVED, arriving(rowOf(5)));
    const after = receiving(before, arriving(rowOf(6)));
    expect(idsOf([], forgetUpTo(after, before.arrivals))).toEqual(['e6']);
  });
});

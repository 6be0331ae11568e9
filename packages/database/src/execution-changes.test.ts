import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type ChangedExecution, NOTICE_LIMITS, readNotice, writeNotices } from './execution-changes.ts';

const at = Date.parse('2026-11-29T12:00:00Z');

function counter(): { newId: () => string } {
  let last = 0;
  return { newId: () => `n${++last}` };
}

const changesOf = (accountId: string, ids: readonly string[]): ChangedExecution[] =>
  ids.map((executionId, index) => ({ accountId, executionId, acceptedAt: at + index }));

const read = (changed: readonly ChangedExecution[], limits = NOTICE_LIMITS) =>
  writeNotices(changed, counter(), limits).map(readNotice);

describe('notices of changed executions', () => {
  it('name each row once, by account, whatever the ids are, and fit into a notification', () => {
    const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
    const change = fc.record({
      accountId: fc.constantFrom('a', 'b "quoted"', '\u{1f600}'.repeat(100)),
      executionId: id,
      acceptedAt: fc.nat(at),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changed) => {
        const texts = writeNotices(changed, counter(), NOTICE_LIMITS);
        for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThan(8_000);
        const notices = texts.map(readNotice);
        expect(new Set(notices.map((notice) => notice.id)).size).toBe(notices.length);
        const named = notices.flatMap(({ accountId, changes }) =>
          changes.map((one) => ({ accountId, ...one })),
        );
        const sorted = (rows: readonly ChangedExecution[]): string[] =>
          rows.map((row) => JSON.stringify([row.accountId, row.executionId, row.acceptedAt])).toSorted();
        expect(sorted(named)).toEqual(sorted(changed));
        expect(notices.every(({ omitted }) => omitted === 0)).toBe(true);
      }),
    );
  });

  it('name the same executions again if an account has too many, and count the others', () => {
    const limits = { ...NOTICE_LIMITS, maxNamed: 10 };
    const ids = Array.from({ length: 100 }, (_, index) => `execution-${index}`);
    const namesOf = (order: readonly string[]): string[] => {
      const notices = read(changesOf('a', order), limits);
      expect(notices.reduce((sum, { omitted }) => sum + omitted, 0)).toBe(90);
      return notices.flatMap(({ changes }) => changes.map(({ executionId }) => executionId)).toSorted();
    };
    const names = namesOf(ids);
    expect(names).toHaveLength(10);
    expect(namesOf(ids.toReversed())).toEqual(names);
  });

  it('count the omitted executions only once if the named executions need several notifications', () => {
    const ids = Array.from({ length: 30 }, (_, index) => `${index}`.padEnd(200, 'x'));
    const notices = read(changesOf('a', ids), { maxNamed: 20, maxBytes: 1_000 });
    expect(notices.length).toBeGreaterThan(1);
    expect(notices.map(({ omitted }) => omitted)).toEqual([10, ...notices.slice(1).map(() => 0)]);
  });
});

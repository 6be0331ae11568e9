import { afterEach, describe, expect, it } from '@jest/globals';
import type { WebhookExecution } from '@hookline/shared/contracts/rest/webhook-executions';
import { chooseRows } from './choose-rows.ts';
import { RecentChanges } from './recent-changes.ts';
import type { AccountCaller } from '../../http/caller.ts';
import { Places } from '../../quotas/places.ts';
import { takeStreamPlace } from './stream-places.ts';
import { StreamReader } from './stream-reader.ts';

const rowOf = (execution_id: string, accepted_at: string, error_message = ''): WebhookExecution =>
  ({ execution_id, accepted_at, error_message }) as WebhookExecution;

describe('the chosen rows', () => {
  const rows = ['1', '2', '3', '4'].map((at) => ({ row: rowOf(`e${at}`, at), matches: true }));
  const choose = (known: string[], maxRows: number) => {
    const { chosen, of } = chooseRows(rows, { isKnown: (id) => known.includes(id), maxRows });
    return { ids: chosen.map(({ row }) => row.execution_id), of };
  };

  it('are all changed rows, oldest first, if there are few', () => {
    expect(choose([], 10)).toEqual({ ids: ['e1', 'e2', 'e3', 'e4'], of: 4 });
  });

  it('are the rows that the reader has, then the newest, if there are many', () => {
    expect(choose(['e1'], 2)).toEqual({ ids: ['e1', 'e4'], of: 4 });
  });

  it('do not include rows that do not match, unless the reader has them', () => {
    const others = rows.map(({ row }) => ({ row, matches: false }));
    const { chosen, of } = chooseRows(others, { isKnown: (id) => id === 'e2', maxRows: 10 });
    expect({ ids: chosen.map(({ row }) => row.execution_id), of }).toEqual({ ids: ['e2'], of: 1 });
  });
});

describe('the last changes of an account', () => {
  const noticeOf = (id: string, count: number) => ({
    id,
    accountId: 'a',
    omitted: 1,
    changes: Array.from({ length: count }, (_, index) => ({ executionId: `${id}-${index}`, acceptedAt: 1 })),
  });

  it('can be read from each kept position, including the position before the oldest change', () => {
    const recent = new RecentChanges({ maxChanges: 3, startsAt: 'start' });
    expect(recent.since('start')).toEqual({ changes: [], omitted: 0, to: 'start' });
    for (const id of ['n1', 'n2', 'n3', 'n4']) recent.add(noticeOf(id, 1));
    expect(recent.since('start')).toBeNull();
    expect(recent.since('n1')?.changes.map(({ executionId }) => executionId)).toEqual([
      'n2-0',
      'n3-0',
      'n4-0',
    ]);
    expect(recent.since('n3')).toMatchObject({ omitted: 1, to: 'n4' });
    expect(recent.since('n4')).toEqual({ changes: [], omitted: 0, to: 'n4' });
  });

  it('include the newest notification, however large, and are empty after a restart', () => {
    const recent = new RecentChanges({ maxChanges: 3, startsAt: 'start' });
    recent.add(noticeOf('n1', 1));
    recent.add(noticeOf('n2', 10));
    expect(recent.since('n1')?.changes).toHaveLength(10);
    recent.restart('again');
    expect(recent.since('n2')).toBeNull();
    expect(recent.since('again')).toEqual({ changes: [], omitted: 0, to: 'again' });
  });
});

describe('places', () => {
  const caller = (keyId: string, accountId: string) =>
    ({ kind: 'account', keyId, accountId }) as AccountCaller;

  it.each([
    ['key', { perInstance: 9, perAccount: 9, perSender: 2 }, 'key_1', 'a'],
    ['account', { perInstance: 9, perAccount: 2, perSender: 9 }, 'key_2', 'a'],
    ['instance', { perInstance: 2, perAccount: 9, perSender: 9 }, 'key_2', 'b'],
  ])('for one %s are limited, and each is released only once', (_what, limits, keyId, accountId) => {
    const places = new Places(limits);
    const first = takeStreamPlace(places, caller('key_1', 'a'), 'a');
    takeStreamPlace(places, caller('key_1', 'a'), 'a');
    const third = (): Disposable => takeStreamPlace(places, caller(keyId, accountId), accountId);
    expect(third).toThrow(expect.objectContaining({ status: 429, code: 'too_many_streams' }));
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    third();
    expect(third).toThrow(expect.objectContaining({ status: 429 }));
    expect(places.taken).toBe(2);
  });

  it('are limited for each person or portal, not for all callers without a key together', () => {
    const places = new Places({ perInstance: 9, perAccount: 9, perSender: 1 });
    const take = (accountId: string, more: object): Disposable =>
      takeStreamPlace(places, { ...caller('', accountId), keyId: null, ...more }, accountId);
    const ada = { person: { subject: 'ada', name: null, email: null } };
    const eve = { person: { subject: 'eve', name: null, email: null } };
    take('a', ada);
    take('a', eve);
    take('b', ada);
    take('a', { isPortal: true });
    take('b', { isPortal: true });
    expect(() => take('a', ada)).toThrow(expect.objectContaining({ status: 429 }));
    expect(() => take('b', { isPortal: true })).toThrow(expect.objectContaining({ status: 429 }));
  });
});

describe('a slow reader', () => {
  let reader: StreamReader | undefined;

  afterEach(() => void reader?.stream.destroy());

  it('receives no more rows while its buffer is full, and can continue after reading', async () => {
    const ready = Promise.withResolvers<void>();
    reader = new StreamReader(
      { accountId: 'a' },
      { onReady: ready.resolve, onClose: () => undefined, onEvent: () => undefined },
    );
    reader.begin('p0', { hasResumed: false });
    let written = 0;
    while (reader.position !== null) {
      written += 1;
      const row = rowOf(`e${written}`, `${written}`, 'x'.repeat(4_000));
      reader.advance({ rows: [{ row, matches: true }], untested: 0 }, { to: `p${written}` });
    }
    expect(written).toBeGreaterThan(5);
    expect(written).toBeLessThan(30);
    let text = '';
    reader.stream.setEncoding('utf8').on('data', (part: string) => (text += part));
    await ready.promise;
    expect(reader.position).toBe(`p${written}`);
    expect(text).toContain('event: live\ndata: {"resumed":false}\nid: p0\n\n');
  });
});

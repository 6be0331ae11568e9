import { describe, expect, it } from '@jest/globals';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { nextPortion } from './next-portion.ts';
import { type NewlyParked, type ParkedAttempt, ParkedAttempts } from './parked-attempts.ts';

const NOW = 1_000_000_000;
const AMPLE = { records: 100, bytes: 10_000, firstBytes: 1_000 };

function record(offset: number, bytes = 10): ConsumedRecord {
  const position = { topic: TOPICS.parked, partition: 3, offset };
  return { ...position, key: null, value: Buffer.alloc(bytes), headers: {}, appendedAt: NOW + offset };
}

function parking(executionId: string, changes: Partial<NewlyParked> = {}): NewlyParked {
  const accountId = changes.accountId ?? 'account_1';
  const execution = executionKey({ accountId, executionId });
  return { accountId, execution, step: '1.1', actionId: 'action_1', expiresAt: NOW + 5_000, ...changes };
}

describe('parked attempts', () => {
  it('are found by action, in the order of parking, until they are removed', () => {
    const parked = new ParkedAttempts(AMPLE, NOW);
    const [a, b] = [parked.add(parking('a'), record(1)), parked.add(parking('b'), record(2))];
    parked.add(parking('c', { actionId: 'action_2' }), record(3));
    expect(parked.groupsOf('account_1', null).map(({ actionId }) => actionId)).toEqual([
      'action_1',
      'action_2',
    ]);
    expect([...(parked.groupsOf('account_1', 'action_1')[0]?.attempts ?? [])]).toEqual([a, b]);
    expect(parked.groupsIn(3)).toHaveLength(2);
    parked.remove(a);
    parked.remove(b);
    expect(parked.groupsOf('account_1', 'action_1')).toEqual([]);
    expect([parked.size, parked.has(a)]).toEqual([1, false]);
  });

  it('are not removed together with an earlier parked attempt of their execution', () => {
    const parked = new ParkedAttempts(AMPLE, NOW);
    const first = parked.add(parking('a'), record(1));
    const second = parked.add(parking('a', { step: '1.2' }), record(2));
    expect(parked.orphans(NOW + 3)).toEqual([first]);
    parked.remove(first);
    expect([parked.orphans(NOW + 3), parked.find(second.execution)]).toEqual([[], second]);
  });

  it('are reported as left behind once a later attempt is parked and their removal would have arrived', () => {
    const parked = new ParkedAttempts(AMPLE, NOW);
    const first = parked.add(parking('a'), record(1));
    parked.add(parking('a', { step: '1.2' }), record(2));
    expect([parked.orphans(NOW + 2), parked.orphans(NOW + 3), parked.has(first)]).toEqual([
      [],
      [first],
      true,
    ]);
  });

  it('expire once each, including those that had expired before they were added', () => {
    const parked = new ParkedAttempts(AMPLE, NOW);
    const soon = parked.add(parking('a'), record(1));
    const past = parked.add(parking('b', { expiresAt: 0 }), record(2));
    parked.remove(parked.add(parking('c'), record(3)));
    expect(parked.takeExpired(NOW, 10)).toEqual([past]);
    expect(parked.takeExpired(NOW + 4_999, 10)).toEqual([]);
    expect(parked.takeExpired(NOW + 5_000, 10)).toEqual([soon]);
    expect(parked.takeExpired(NOW + 60_000, 10)).toEqual([]);
  });

  it('expire a bounded number at a time, and none is left out', () => {
    const parked = new ParkedAttempts(AMPLE, NOW);
    const [a, b, c] = ['a', 'b', 'c'].map((id, at) => parked.add(parking(id), record(at)));
    const later = parked.add(parking('d', { expiresAt: NOW + 6_000 }), record(4));
    expect(parked.takeExpired(NOW + 7_000, 2)).toEqual([a, b]);
    const late = parked.add(parking('e', { expiresAt: 0 }), record(5));
    expect(parked.takeExpired(NOW + 7_000, 2)).toEqual([c, later]);
    expect(parked.takeExpired(NOW + 7_000, 2)).toEqual([late]);
    expect(parked.takeExpired(NOW + 7_000, 2)).toEqual([]);
  });

  it('have room as long as their account uses less than twice the free capacity', () => {
    const parked = new ParkedAttempts({ ...AMPLE, records: 9 }, NOW);
    for (let i = 0; parked.hasRoom('account_1'); i++) parked.add(parking(`${i}`), record(i));
    expect(parked.size).toBe(6);
    expect(parked.hasRoom('account_2')).toBe(true);
    const bytes = new ParkedAttempts({ ...AMPLE, bytes: 30 }, NOW);
    for (let i = 0; i < 2; i++) bytes.add(parking(`${i}`), record(i));
    expect(bytes.hasRoom('account_1')).toBe(false);
  });

  it('keep the first record of each action in memory, within the share of their account', () => {
    const parked = new ParkedAttempts({ ...AMPLE, firstBytes: 100 }, NOW);
    const first = parked.add(parking('a'), record(1, 40));
    parked.add(parking('b'), record(2, 40));
    parked.add(parking('c', { actionId: 'action_2' }), record(3, 40));
    parked.add(parking('d', { accountId: 'account_2' }), record(4, 30));
    const firsts = ['account_1', 'account_2'].flatMap((id) =>
      parked.groupsOf(id, null).map((one) => one.first),
    );
    expect(firsts.map((one) => one?.record.offset ?? null)).toEqual([1, null, 4]);
    parked.remove(first);
    parked.add(parking('e'), record(5, 30));
    expect(parked.groupsOf('account_1', 'action_1')[0]?.first?.record.offset).toBe(5);
  });
});

describe('the next portion', () => {
  const attempt = (offset: number, bytes = 1): ParkedAttempt => {
    const parked = new ParkedAttempts(AMPLE, NOW);
    return { ...parked.add(parking(`${offset}`), record(offset)), bytes };
  };
  it.each([
    ['2,000 attempts', Array.from({ length: 2_001 }, (_, i) => attempt(i)), 2_000],
    ['8 MiB', [attempt(0), attempt(1, 9e6), attempt(2)], 1],
    ['50,000 offsets', [attempt(0), attempt(50_000), attempt(50_001)], 2],
    ['one attempt if that is larger than 8 MiB', [attempt(0, 9e6), attempt(1)], 1],
    ['the attempts that are waiting', [attempt(0), attempt(1)], 2],
    ['nothing if no attempts are waiting', [], 0],
  ])('is limited to %s', (_, waiting, length) => {
    expect(nextPortion(waiting)).toEqual(waiting.slice(0, length));
  });
});

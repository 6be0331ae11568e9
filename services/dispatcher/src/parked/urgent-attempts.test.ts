import { describe, expect, it } from '@jest/globals';
import type { ParkedAttempt } from './parked-attempts.ts';
import { UrgentAttempts } from './urgent-attempts.ts';

const ANY = { holds: () => true, isWaiting: () => true };

function attempt(offset: number, partition = 0): ParkedAttempt {
  const group = { accountId: 'a', actionId: 'a', partition, attempts: new Set<ParkedAttempt>(), first: null };
  const times = { expiresAt: 0, parkedAt: 0, expirySecond: 0 };
  return { execution: `${offset}`, step: '1.1', group, offset, bytes: 100, isLeaving: false, ...times };
}

function urgentOf(...attempts: ParkedAttempt[]): UrgentAttempts {
  const urgent = new UrgentAttempts();
  for (const one of attempts) urgent.add(one);
  return urgent;
}

const offsetsOf = (attempts: ParkedAttempt[]): number[] => attempts.map(({ offset }) => offset);

describe('urgent attempts', () => {
  it('are taken once each, in the order of their offsets, whatever the order in which they were added', () => {
    const scattered = Array.from({ length: 5_000 }, (_, n) => attempt((n * 1_237) % 5_000));
    const urgent = urgentOf(...scattered, ...scattered);
    const taken = [urgent.take(ANY), urgent.take(ANY), urgent.take(ANY)];
    expect(taken.map(({ length }) => length)).toEqual([2_000, 2_000, 1_000]);
    expect(offsetsOf(taken.flat())).toEqual([...scattered.keys()]);
    expect([urgent.take(ANY), urgent.isEmpty]).toEqual([[], true]);
  });

  it('are taken before those with higher offsets that were added earlier', () => {
    const urgent = urgentOf(...Array.from({ length: 3_000 }, (_, n) => attempt(n + 100)));
    urgent.take(ANY);
    urgent.add(attempt(1));
    expect(offsetsOf(urgent.take(ANY)).slice(0, 2)).toEqual([1, 2_100]);
  });

  it('are taken from one partition at a time, and partitions take turns', () => {
    const many = Array.from({ length: 3_000 }, (_, n) => attempt(n, 1));
    const urgent = urgentOf(...many, attempt(7, 2));
    const partitions = [urgent.take(ANY), urgent.take(ANY), urgent.take(ANY)].map((portion) => [
      ...new Set(portion.map(({ group }) => group.partition)),
    ]);
    expect(partitions).toEqual([[1], [2], [1]]);
  });

  it('are dropped if their partition is not held, or if they have been removed', () => {
    const [gone, kept] = [attempt(1), attempt(2)];
    const urgent = urgentOf(attempt(3, 1), gone, kept);
    const filter = {
      holds: (partition: number) => partition === 0,
      isWaiting: (one: ParkedAttempt) => one !== gone,
    };
    expect(urgent.take(filter)).toEqual([kept]);
    expect(urgent.isEmpty).toBe(true);
  });

  it('are examined a bounded number at a time, however many of them have been removed', () => {
    const urgent = urgentOf(...Array.from({ length: 25_000 }, (_, n) => attempt(n)));
    const examined = [];
    while (!urgent.isEmpty) {
      let count = 0;
      expect(urgent.take({ holds: () => true, isWaiting: () => ++count < 0 })).toEqual([]);
      examined.push(count);
    }
    expect(examined).toEqual([10_000, 10_000, 5_000]);
  });
});

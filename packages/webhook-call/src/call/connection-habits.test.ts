import { describe, expect, it } from '@jest/globals';
import { ConnectionHabits } from './connection-habits.ts';

describe('connection habits', () => {
  it('F13: are unknown at first, and known after a connection was found open or closed', () => {
    const habits = new ConnectionHabits();
    habits.noteKept('a');
    habits.noteClosed('b', 0);
    expect(['a', 'b', 'c'].map((key) => habits.of(key, 1))).toEqual(['keeps', 'closes', 'unknown']);
  });

  it('F13: of an endpoint that closed a connection are observed again after a minute', () => {
    const habits = new ConnectionHabits();
    habits.noteKept('a');
    habits.noteClosed('a', 1_000);
    expect([60_999, 61_000].map((now) => habits.of('a', now))).toEqual(['closes', 'unknown']);
    habits.noteKept('a');
    expect(habits.of('a', 61_000)).toBe('keeps');
  });

  it('F13: are steady after 1,000 connections in a row were found open', () => {
    const habits = new ConnectionHabits();
    const keep = (times: number): void => {
      for (let i = 0; i < times; i++) habits.noteKept('a');
    };
    keep(999);
    expect(habits.isSteady('a')).toBe(false);
    keep(1);
    expect(habits.isSteady('a')).toBe(true);
    habits.noteClosed('a', 0);
    keep(999);
    expect([habits.isSteady('a'), habits.isSteady('b')]).toEqual([false, false]);
  });
});

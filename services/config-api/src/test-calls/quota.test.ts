import { describe, expect, test } from '@jest/globals';
import { quotaRefusal, type RecentCall } from './quota.ts';

const ended = (ageMs: number): RecentCall => ({ ageMs, running: false });
const running = (ageMs: number): RecentCall => ({ ageMs, running: true });
const calls = (count: number, ageMs: number): RecentCall[] =>
  Array.from({ length: count }, () => ended(ageMs));

describe('quotaRefusal', () => {
  test('permits a call after nine calls in a minute, one of which is in flight', () => {
    expect(quotaRefusal([])).toBeNull();
    expect(quotaRefusal([...calls(8, 1_000), running(500)])).toBeNull();
  });

  test('after ten calls, requires waiting until the tenth most recent call is a minute old', () => {
    expect(quotaRefusal([...calls(9, 1_000), ended(45_500)])).toEqual({
      reason: expect.stringContaining('10 test calls a minute'),
      retryAfterSeconds: 15,
    });
    expect(quotaRefusal([ended(59_999), ...calls(9, 0)])).toMatchObject({ retryAfterSeconds: 1 });
    expect(quotaRefusal([ended(60_000), ...calls(9, 0)])).toBeNull();
  });

  test('requires waiting briefly while two calls are in flight', () => {
    expect(quotaRefusal([running(100), running(29_000)])).toEqual({
      reason: expect.stringContaining('2 test calls at the same time'),
      retryAfterSeconds: 2,
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import { executionIdOfKey, timeErrors } from './execution-request.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const at = (ms: number): string => new Date(NOW + ms).toISOString();

test('an account and a key always yield the same execution', () => {
  expect(executionIdOfKey('account_1', 'order-1')).toBe('e7859df2-1955-5e29-9e6f-e57b6ae372a0');
  expect(executionIdOfKey('account_1', 'order-2')).not.toBe(executionIdOfKey('account_1', 'order-1'));
  expect(executionIdOfKey('a', '","b')).not.toBe(executionIdOfKey('a","', 'b'));
});

describe('timeErrors', () => {
  test.each([
    ['accepts a request without times', {}, []],
    ['accepts null', { not_before: null, expires_at: null }, []],
    ['accepts the latest times', { not_before: at(7 * DAY_MS), expires_at: at(14 * DAY_MS) }, []],
    ['rejects not_before too far ahead', { not_before: at(7 * DAY_MS + 1) }, ['not_before']],
    ['accepts not_before in the past', { not_before: at(-DAY_MS), expires_at: at(1) }, []],
    ['rejects a request that has expired', { expires_at: at(0) }, ['expires_at']],
    ['rejects expires_at before not_before', { not_before: at(100), expires_at: at(100) }, ['expires_at']],
    ['rejects expires_at too long after not_before', { expires_at: at(7 * DAY_MS + 1) }, ['expires_at']],
  ])('%s', (_name, times, fields) => {
    expect(timeErrors({ action_id: 'a', ...times }, NOW).map(({ field }) => field)).toEqual(fields);
  });
});

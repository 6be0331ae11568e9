import { describe, expect, it, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parseRetryAfter } from './retry-after.ts';

const NOW = Date.UTC(2026, 11, 1, 11, 50);
const TEN_MINUTES = 600_000;
const DAY = 86_400_000;

describe('F19 Retry-After in the forms that servers use', () => {
  it.each([
    ['seconds', '600'],
    ['seconds with a unit', '600s'],
    ['seconds in words', '600 seconds'],
    ['minutes', '10 min'],
    ['minutes in words', '10 minutes'],
    ['milliseconds', '600000ms'],
    ['a quoted number', '"600"'],
    ['a quoted number between spaces', ' "600" '],
    ['a header that was sent twice', '5, 600'],
    ['a quoted number that was sent twice', '"600", "5"'],
    ['an ISO 8601 duration', 'PT10M'],
    ['an ISO 8601 duration in seconds', 'PT600S'],
    ['an ISO 8601 date', '2026-12-01T12:00:00Z'],
    ['an ISO 8601 date with a fraction', '2026-12-01T12:00:00.000000Z'],
    ['an ISO 8601 date without seconds', '2026-12-01T12:00Z'],
    ['an ISO 8601 date with an offset', '2026-12-01T14:00:00+02:00'],
    ['an ISO 8601 date with an offset without a colon', '2026-12-01T14:00:00+0200'],
    ['an ISO 8601 date with an offset in hours only', '2026-12-01T14:00:00+02'],
    ['an ISO 8601 date with an offset in hours and minutes', '2026-12-01T08:30:00-03:30'],
    ['a date with a space', '2026-12-01 12:00:00'],
    ['a date with a space before its offset', '2026-12-01 14:00:00 +0200'],
    ['an HTTP date', 'Tue, 01 Dec 2026 12:00:00 GMT'],
    ['an HTTP date between spaces', ' Tue, 01 Dec 2026 12:00:00 GMT '],
    ['an HTTP date in lower case', 'tue, 01 dec 2026 12:00:00 gmt'],
    ['an HTTP date in UTC', 'Tue, 01 Dec 2026 12:00:00 UTC'],
    ['an HTTP date east of GMT', 'Tue, 01 Dec 2026 14:00:00 +0200'],
    ['an HTTP date west of GMT', 'Tue, 01 Dec 2026 04:00:00 -0800'],
    ['the form of RFC 850', 'Tuesday, 01-Dec-26 12:00:00 GMT'],
    ['epoch seconds', String((NOW + TEN_MINUTES) / 1_000)],
    ['epoch milliseconds', String(NOW + TEN_MINUTES)],
  ])('reads %s: %s', (_, value) => {
    expect(parseRetryAfter(value, NOW)).toBe(TEN_MINUTES);
  });

  it.each([
    ['ms', 1],
    ['millis', 1],
    ['millisecond', 1],
    ['milliseconds', 1],
    ['s', 1_000],
    ['sec', 1_000],
    ['secs', 1_000],
    ['second', 1_000],
    ['seconds', 1_000],
    ['m', 60_000],
    ['min', 60_000],
    ['mins', 60_000],
    ['minute', 60_000],
    ['minutes', 60_000],
    ['h', 3_600_000],
    ['hr', 3_600_000],
    ['hrs', 3_600_000],
    ['hour', 3_600_000],
    ['hours', 3_600_000],
  ])('reads a number of %s', (unit, unitMs) => {
    expect(parseRetryAfter(`2 ${unit}`, NOW)).toBe(2 * unitMs);
  });

  it.each([
    ['PT12H', 43_200_000],
    ['PT1H30M', 5_400_000],
    ['PT2M5S', 125_000],
    ['PT1H1.5S', 3_601_500],
  ])('adds up the parts of a duration: %s', (value, waitMs) => {
    expect(parseRetryAfter(value, NOW)).toBe(waitMs);
  });

  it.each([
    ['the form of asctime', 'Tue Dec  1 12:00:00 2026', TEN_MINUTES],
    ['an ISO 8601 date without a zone', '2026-12-01T12:00:00', TEN_MINUTES],
    ['an ISO 8601 date without a time', '2026-12-02', 12 * 3_600_000 + TEN_MINUTES],
  ])('reads %s as UTC, whatever the time zone of the process', (_, value, waitMs) => {
    const zone = process.env.TZ;
    process.env.TZ = 'America/New_York';
    try {
      expect(parseRetryAfter(value, NOW)).toBe(waitMs);
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('rounds a fraction up, so that no attempt starts too early', () => {
    expect(parseRetryAfter('292.052427053', NOW)).toBe(292_053);
  });
});

it.each([
  undefined,
  '',
  ' ',
  '0',
  '-5',
  'soon',
  '1,5,x',
  '5 fortnights',
  '5 months',
  '5 forms',
  '5 pm',
  '5th',
  '5 hundreds',
  '5 msgs',
  '5-10',
  '0x10',
  'Tue',
  'Tue, 99 Dec 2026 12:00:00 GMT',
  '2026-13-01T00:00:00Z',
  'PT',
  '-PT5M',
  'PT5M30',
  'until 2026-12-01T12:00:00Z',
  '2026-12-01T12:00:00Z or later',
  '2025-12-01T12:00:00Z',
  'Mon, 01 Dec 2025 12:00:00 GMT',
  '1700000000',
  '1000000000',
  '1000000000000',
  '1e3',
  '5"600"',
  '"5" 600',
  '"600',
])('a Retry-After of %p is ignored', (value) => {
  expect(parseRetryAfter(value, NOW)).toBeNull();
});

it.each([
  '86401',
  '25h',
  '9'.repeat(400),
  '2099-01-01T00:00:00Z',
  '4102444800',
  // A number with a unit is never an epoch time.
  '1000000000s',
  '1000000000000ms',
])('a Retry-After of %s results in a wait of 24 hours', (value) => {
  expect(parseRetryAfter(value, NOW)).toBe(DAY);
});

test('a Retry-After with any text results in a wait of up to 24 hours or in no wait', () => {
  const parts = fc.constantFrom(
    '2026',
    '-',
    '12',
    'T',
    ':',
    '00',
    'Z',
    '+02',
    ' ',
    ',',
    's',
    'PT',
    '.',
    'Tue',
    'Dec',
    '9'.repeat(20),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(parts).map((list) => list.join('')),
      ),
      (text) => {
        const waitMs = parseRetryAfter(text, NOW);
        expect(waitMs === null || (waitMs > 0 && waitMs <= DAY)).toBe(true);
      },
    ),
  );
});

import { describe, expect, it } from '@jest/globals';
import { lookFrom } from './verdict-age.ts';

const WINDOW_MS = 300_000;
const HOUR_MS = 3_600_000;
const now = 100 * HOUR_MS;

function from(times: Parameters<typeof lookFrom>[0]): number | null {
  return lookFrom(times, now, WINDOW_MS);
}

const newRequest = (
  appendedMsAgo: number,
  requestedMsAgo = appendedMsAgo,
): Parameters<typeof lookFrom>[0] => ({
  isNewRequest: true,
  appendedAt: now - appendedMsAgo,
  requestedAt: now - requestedMsAgo,
});

describe('lookFrom', () => {
  it('returns null for a request or a due record within the window', () => {
    expect(from(newRequest(WINDOW_MS))).toBeNull();
    expect(from({ isNewRequest: false, dueAt: now - WINDOW_MS })).toBeNull();
    expect(from({ isNewRequest: false, dueAt: now + HOUR_MS })).toBeNull();
  });

  it('goes back to one window before the append of a request that waited a long time in its topic', () => {
    expect(from(newRequest(HOUR_MS))).toBe(now - HOUR_MS - WINDOW_MS);
  });

  it('goes back to one window before the due time of a record that arrives long after that time', () => {
    expect(from({ isNewRequest: false, dueAt: now - HOUR_MS })).toBe(now - HOUR_MS - WINDOW_MS);
  });

  it('goes back to one window before the engine’s time of a request that is published late, as a repeat may be', () => {
    expect(from(newRequest(5, HOUR_MS))).toBe(now - HOUR_MS - WINDOW_MS);
    expect(from(newRequest(2 * HOUR_MS, 3 * HOUR_MS))).toBe(now - 3 * HOUR_MS - WINDOW_MS);
  });

  it('ignores an engine’s time that is more than a day ago, or later than the append', () => {
    expect(from(newRequest(5, 25 * HOUR_MS))).toBeNull();
    expect(from({ isNewRequest: true, appendedAt: now - 5, requestedAt: 0 })).toBeNull();
    expect(from(newRequest(HOUR_MS, -HOUR_MS))).toBe(now - HOUR_MS - WINDOW_MS);
  });
});

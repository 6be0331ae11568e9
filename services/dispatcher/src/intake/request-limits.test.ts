import { describe, expect, it } from '@jest/globals';
import { aWebhookRequested } from '@hookline/testkit/builders';
import { expiryOf, firstDueAt, readContext } from './request-limits.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('context', () => {
  it('is a JSON object', () => {
    expect(readContext(aWebhookRequested({ context: '{"contact":{"id":1}}' }))).toEqual({
      context: { contact: { id: 1 } },
    });
  });

  it.each(['', 'hello', '{"contact":', '[1]', '"text"', 'null'])('%p is a render_error', (context) => {
    expect(readContext(aWebhookRequested({ context }))).toMatchObject({
      refusal: { errorType: 'render_error' },
    });
  });

  it('takes 1 MiB of UTF-8 and no byte more', () => {
    const json = (bytes: number): string => JSON.stringify({ x: 'ü'.repeat((bytes - 8) / 2) });
    expect(readContext(aWebhookRequested({ context: json(1_048_576) }))).toHaveProperty('context');
    expect(readContext(aWebhookRequested({ context: json(1_048_578) }))).toMatchObject({
      refusal: { errorType: 'payload_too_large' },
    });
  });

  it('refuses metadata over 256 KiB, for it is echoed', () => {
    const metadata = { big: 'x'.repeat(262_144) };
    expect(readContext(aWebhookRequested({ metadata }))).toMatchObject({
      refusal: { errorType: 'payload_too_large' },
    });
  });

  it('refuses overlong ids that every event would carry', () => {
    const refused = readContext(aWebhookRequested({ stepId: 's'.repeat(201) }));
    expect(refused).toMatchObject({
      refusal: { errorType: 'render_error', reason: expect.stringContaining('stepId') },
    });
  });
});

describe('retry policy', () => {
  it.each([
    { maxRetries: 6, baseMs: 10, factor: 2 },
    { maxRetries: 1, baseMs: 0, factor: 2 },
    { maxRetries: 1, baseMs: 10, factor: Number.NaN },
  ])('%p is a render_error', (retryPolicy) => {
    expect(readContext(aWebhookRequested({ retryPolicy }))).toMatchObject({
      refusal: { errorType: 'render_error', reason: expect.stringContaining('retryPolicy') },
    });
  });
});

describe('times', () => {
  const acceptedAt = 10 * DAY;
  const first = (notBefore: number | null) => firstDueAt(aWebhookRequested({ notBefore }), acceptedAt);
  const expiry = (notBefore: number | null, expiresAt: number | null) =>
    expiryOf(aWebhookRequested({ notBefore, expiresAt }), acceptedAt);

  it('calls at once without notBefore or with one that is past', () => {
    expect(first(null)).toBe(acceptedAt);
    expect(first(5)).toBe(acceptedAt);
  });

  it('waits for notBefore, at most 7 days', () => {
    expect(first(acceptedAt + HOUR)).toBe(acceptedAt + HOUR);
    expect(first(acceptedAt + 8 * DAY)).toBe(acceptedAt + 7 * DAY);
  });

  it('R-007: expires 72 h after it was accepted or wanted', () => {
    expect(expiry(null, null)).toBe(acceptedAt + 72 * HOUR);
    expect(expiry(acceptedAt + DAY, null)).toBe(acceptedAt + DAY + 72 * HOUR);
  });

  it('takes expiresAt, at most 7 days after it was wanted', () => {
    expect(expiry(null, acceptedAt + 5)).toBe(acceptedAt + 5);
    expect(expiry(acceptedAt + DAY, acceptedAt + 30 * DAY)).toBe(acceptedAt + 8 * DAY);
  });
});

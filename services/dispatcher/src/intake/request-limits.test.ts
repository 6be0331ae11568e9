import { describe, expect, it } from '@jest/globals';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { isWithin, LIMITS } from '@hookline/shared/contracts/limits';
import { anAttemptDue, aWebhookRequested } from '@hookline/testkit/builders';
import * as fc from 'fast-check';
import { boundAttempt, expiryOf, firstDueAt, readContext } from './request-limits.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('readContext', () => {
  it('keeps the context as text, because parsed contexts of waiting requests would need many times the memory', () => {
    const request = aWebhookRequested({ context: '{"contact":{"id":1}}' });
    const { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId } = request;
    const known = { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId };
    expect(readContext(request)).toEqual({ context: { text: request.context, bytes: 20, known } });
  });

  it.each(['', 'hello', '{"contact":', '[1]', '"text"', 'null'])(
    'refuses %p as a render_error',
    (context) => {
      expect(readContext(aWebhookRequested({ context }))).toMatchObject({
        refusal: { errorType: 'render_error' },
      });
    },
  );

  it('refuses a context nested over 128 levels before it is parsed, however deeply it is nested', () => {
    fc.assert(
      // Larger contexts are parsed by the worker pool, which also refuses those that are nested too deeply.
      fc.property(fc.integer({ min: 1, max: 30_000 }), (levels) => {
        // Because of the long integer, parsing takes a second pass over the value.
        const context = `{"a":12345678901234567890,"b":${'['.repeat(levels)}${']'.repeat(levels)}}`;
        const result = readContext(aWebhookRequested({ context }));
        const refusal = { errorType: 'render_error', reason: 'context: is nested deeper than 128 levels' };
        expect('refusal' in result ? result.refusal : null).toEqual(levels < 128 ? null : refusal);
      }),
    );
  });

  it('accepts 1 MiB of UTF-8 and no byte more', () => {
    const json = (bytes: number): string => JSON.stringify({ x: 'ü'.repeat((bytes - 8) / 2) });
    expect(readContext(aWebhookRequested({ context: json(1_048_576) }))).toHaveProperty('context');
    expect(readContext(aWebhookRequested({ context: json(1_048_578) }))).toMatchObject({
      refusal: { errorType: 'payload_too_large' },
    });
  });

  it('refuses metadata over 256 KiB, because the outcome repeats it', () => {
    const metadata = { big: 'x'.repeat(262_144) };
    expect(readContext(aWebhookRequested({ metadata }))).toMatchObject({
      refusal: { errorType: 'metadata_too_large' },
    });
  });

  it.each(['my workflow', 'größe/ü', '', '...', '.a', '😀'.repeat(200)])(
    'F25 accepts the id %j, as the API does',
    (workflowId) => {
      expect(readContext(aWebhookRequested({ workflowId }))).toHaveProperty('context');
    },
  );

  it.each(['a\nb', '\u0000', '\ud800', '.', '..', '😀'.repeat(201)])(
    'F25 refuses the id %j, as the API does',
    (stepId) => {
      expect(readContext(aWebhookRequested({ stepId }))).toMatchObject({
        refusal: { errorType: 'render_error', reason: expect.stringMatching(/^stepId /) },
      });
    },
  );

  it('refuses overlong ids, because every event would carry them', () => {
    const refused = readContext(aWebhookRequested({ stepId: 's'.repeat(201) }));
    expect(refused).toMatchObject({
      refusal: { errorType: 'render_error', reason: expect.stringContaining('stepId') },
    });
  });
});

describe('a retry policy', () => {
  it.each([
    { maxRetries: 6, baseMs: 10, factor: 2 },
    { maxRetries: 1, baseMs: 0, factor: 2 },
    { maxRetries: 1, baseMs: 3_600_001, factor: 2 },
    { maxRetries: 1, baseMs: 10, factor: Number.NaN },
  ])('is refused as a render_error if it is %p', (retryPolicy) => {
    expect(readContext(aWebhookRequested({ retryPolicy }))).toMatchObject({
      refusal: { errorType: 'render_error', reason: expect.stringContaining('retryPolicy') },
    });
  });
});

describe('a retry schedule', () => {
  it.each([
    [[]],
    [[0]],
    [[60_000, 86_400_001]],
    [[1.5]],
    [Array.from({ length: 21 }, () => 1)],
    [Array.from({ length: 1_000_000 }, () => 1)],
  ])('is refused as a render_error if it is not 1 to 20 waits of up to 24 h', (retrySchedule) => {
    expect(readContext(aWebhookRequested({ retrySchedule }))).toMatchObject({
      refusal: { errorType: 'render_error', reason: expect.stringContaining('retrySchedule') },
    });
  });

  it('is refused together with a retry policy, since only one of them can apply', () => {
    const retryPolicy = { maxRetries: 1, baseMs: 10, factor: 2 };
    expect(readContext(aWebhookRequested({ retryPolicy, retrySchedule: [1] }))).toMatchObject({
      refusal: { reason: 'retrySchedule and retryPolicy exclude each other: set one of them' },
    });
  });

  it('may have 20 waits of 24 h', () => {
    const retrySchedule = Array.from({ length: 20 }, () => 86_400_000);
    expect(readContext(aWebhookRequested({ retrySchedule }))).toHaveProperty('context');
  });
});

describe('a request', () => {
  const acceptedAt = 10 * DAY;
  const first = (notBefore: number | null) => firstDueAt(aWebhookRequested({ notBefore }), acceptedAt);
  const expiry = (notBefore: number | null, expiresAt: number | null) =>
    expiryOf(aWebhookRequested({ notBefore, expiresAt }), acceptedAt);

  it('is due immediately if notBefore is missing or past', () => {
    expect(first(null)).toBe(acceptedAt);
    expect(first(5)).toBe(acceptedAt);
  });

  it('is due at notBefore, but no later than 7 days after it was accepted', () => {
    expect(first(acceptedAt + HOUR)).toBe(acceptedAt + HOUR);
    expect(first(acceptedAt + 8 * DAY)).toBe(acceptedAt + 7 * DAY);
  });

  it('R-007: a request expires 72 h after it was accepted, or after its notBefore', () => {
    expect(expiry(null, null)).toBe(acceptedAt + 72 * HOUR);
    expect(expiry(acceptedAt + DAY, null)).toBe(acceptedAt + DAY + 72 * HOUR);
  });

  it('expires at expiresAt, but no later than 7 days after its first call was due', () => {
    expect(expiry(null, acceptedAt + 5)).toBe(acceptedAt + 5);
    expect(expiry(acceptedAt + DAY, acceptedAt + 30 * DAY)).toBe(acceptedAt + 8 * DAY);
  });
});

describe('numbers of an attempt', () => {
  const KNOWN_AT = 1_800_000_000_000;
  const anyNumber = fc
    .oneof(
      fc.double(),
      fc.integer({ min: 0, max: 4_000_000_000_000 }),
      fc.constantFrom(NaN, Infinity, 2 ** 53 - 1, 1_795_898_547_000_000, -1, 0, LIMITS.time.max),
    )
    // Normalises -0, which no event contains.
    .map((number) => number + 0);
  const numbers = fc.record({
    requestedAt: anyNumber,
    notBefore: fc.option(anyNumber),
    requestExpiresAt: fc.option(anyNumber),
    acceptedAt: anyNumber,
    expiresAt: anyNumber,
    dueAt: anyNumber,
    firstAttemptAt: fc.option(anyNumber),
    attempt: anyNumber,
    deferrals: anyNumber,
  });
  const timesOf = ({ request, acceptedAt, expiresAt, dueAt, firstAttemptAt }: AttemptDue) => {
    const { requestedAt, notBefore, expiresAt: requestExpiresAt } = request;
    return [requestedAt, notBefore, requestExpiresAt, acceptedAt, expiresAt, dueAt, firstAttemptAt];
  };
  const inRange = (due: AttemptDue): boolean =>
    timesOf(due).every((time) => time === null || isWithin(LIMITS.time, time)) &&
    isWithin(LIMITS.attempt, due.attempt) &&
    isWithin(LIMITS.deferrals, due.deferrals);

  it('are accepted only within their ranges; others are refused, and the events of the refusal can still be encoded', () => {
    fc.assert(
      fc.property(numbers, ({ requestedAt, notBefore, requestExpiresAt, ...rest }) => {
        const request = aWebhookRequested({ requestedAt, notBefore, expiresAt: requestExpiresAt });
        const due = { ...anAttemptDue(), ...rest, request };
        const bounded = boundAttempt(due, KNOWN_AT);
        expect(inRange(bounded.due)).toBe(true);
        expect(bounded.refusal === null).toBe(inRange(due));
        expect(decodeEvent('AttemptDue', encodeEvent('AttemptDue', bounded.due))).toEqual(bounded.due);
      }),
    );
  });

  it.each([
    [{ requestedAt: 1_795_898_547_000_000 }, 'requestedAt must be a whole number from 0 to 253402300799999'],
    [{ notBefore: -1 }, 'notBefore must be'],
    [{ expiresAt: 2 ** 52 }, 'expiresAt must be'],
  ])('are refused as a render_error that names the field and its range: %p', (times, reason) => {
    const due = anAttemptDue({ request: aWebhookRequested(times), acceptedAt: KNOWN_AT });
    expect(boundAttempt(due, KNOWN_AT).refusal).toEqual({
      errorType: 'render_error',
      reason: expect.stringContaining(reason),
    });
  });

  it('are unchanged if they are in range', () => {
    const due = anAttemptDue();
    expect(boundAttempt(due, KNOWN_AT)).toEqual({ due, refusal: null });
  });
});

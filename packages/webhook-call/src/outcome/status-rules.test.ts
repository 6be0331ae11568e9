import { describe, expect, it, test } from '@jest/globals';
import type { CallResult } from '../call/call-result.ts';
import { classify } from './classify.ts';
import { parseStatuses, statusProblems, statusRulesOf, StatusSet } from './status-rules.ts';

/** Returns the statuses from 200 to 599 that a list contains, or the reason why it is invalid. */
function listed(text: string): number[] | string {
  const statuses = parseStatuses(text);
  if (!(statuses instanceof StatusSet)) return statuses.problem;
  return Array.from({ length: 400 }, (_, index) => index + 200).filter((status) => statuses.has(status));
}

describe('a list of statuses', () => {
  it.each([
    ['408, 425, 429', [408, 425, 429]],
    ['500-502,599', [500, 501, 502, 599]],
    ['  503 504\t429 ', [429, 503, 504]],
    ['500 - 501; 404', [404, 500, 501]],
  ])('may contain codes and ranges: %j', (text, statuses) => {
    expect(listed(text)).toEqual(statuses);
  });

  it('may name classes', () => {
    expect(listed('5xx')).toHaveLength(100);
    expect(listed('2XX, 200-599')).toHaveLength(400);
  });

  it.each([
    '',
    ' , ',
    '99',
    '199',
    '600',
    '6xx',
    '1xx',
    '504-500',
    '4x',
    '500-',
    '5xx-599',
    'all',
    '404.5',
    '-1',
    '٤٠٤',
    '9'.repeat(201),
  ])('is refused with a reason if it is %j', (text) => {
    expect(listed(text)).toEqual(expect.stringMatching(/^(?:must|"[^"]+" must) /));
  });
});

/** Classifies a response with this status by the rules of a webhook. */
function outcomeOf(status: number, [retryOn, successOn]: [string | null, string | null], headers = {}) {
  const read = { body: Buffer.alloc(0), bodyBytes: 0, bodyBytesRead: 0, truncated: false, durationMs: 1 };
  const response: CallResult = { kind: 'response', status, headers, ...read };
  return classify(response, 0, statusRulesOf({ retryOn, successOn }));
}

describe('R-025: a webhook chooses by status', () => {
  it('which responses are retried: retry_on replaces the default and does not affect network errors', () => {
    for (const [status, retryable] of [
      [408, true],
      [425, true],
      [404, false],
      [429, false],
      [503, true],
      [500, false],
    ] as const) {
      expect([status, outcomeOf(status, ['408, 425, 503', null]).retryable]).toEqual([status, retryable]);
    }
    const refused: CallResult = {
      kind: 'failed',
      failure: 'network',
      detail: 'refused',
      reason: null,
      received: null,
      keptConnectionClosed: false,
      durationMs: 1,
    };
    expect(classify(refused, 0, statusRulesOf({ retryOn: '408', successOn: null })).retryable).toBe(true);
  });

  it('which responses are successful: success_on replaces the default', () => {
    expect(outcomeOf(409, [null, '2xx, 409'])).toMatchObject({ status: 'success', errorType: null });
    expect(outcomeOf(302, [null, '302'])).toMatchObject({ status: 'success' });
    expect(outcomeOf(500, [null, '500'])).toMatchObject({ status: 'success', retryable: false });
    expect(outcomeOf(202, [null, '200'])).toMatchObject({
      status: 'error',
      errorType: 'client_error',
      errorMessage: 'Webhook endpoint answered with a status that does not count as success',
      retryable: false,
    });
  });

  it('whether a 2xx is retried: retry_on removes it from the default of success_on', () => {
    expect(outcomeOf(202, ['202', null])).toMatchObject({ status: 'error', retryable: true });
    expect(outcomeOf(200, ['202', null])).toMatchObject({ status: 'success' });
  });

  it('when to retry: Retry-After applies to every retried status', () => {
    const headers = { 'retry-after': '7' };
    expect(outcomeOf(404, ['404', null], headers)).toMatchObject({ retryable: true, retryAfterMs: 7_000 });
    expect(outcomeOf(503, ['404', null], headers)).toMatchObject({ retryable: false, retryAfterMs: null });
  });
});

test('a list that cannot be read, and a status in both lists, are refused at configuration', () => {
  expect(statusProblems({ retryOn: '4xx, none', successOn: '' })).toEqual([
    expect.objectContaining({
      field: 'retry_on',
      message: expect.stringContaining('"none" must be a status from 200 to 599'),
    }),
    expect.objectContaining({
      field: 'success_on',
      message: expect.stringContaining('must name at least one status'),
    }),
  ]);
  expect(statusProblems({ retryOn: '4xx', successOn: '2xx, 409' })).toMatchObject([
    { field: 'retry_on', message: 'must not list 409, which success_on counts as success' },
  ]);
  expect(statusProblems({ retryOn: '4xx', successOn: '2xx' })).toEqual([]);
  expect(statusProblems({ retryOn: null, successOn: null })).toEqual([]);
});

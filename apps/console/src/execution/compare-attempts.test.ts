import { expect, test } from '@jest/globals';
import { compareAttempts } from './compare-attempts.ts';
import type { Attempt } from './execution.ts';

const attempt: Attempt = {
  attempt: 1,
  definition_version: 1,
  status: 'error',
  error_type: 'server_error',
  error_message: null,
  request: {
    url: 'https://x.example/',
    method: 'POST',
    headers: { b: '2', a: '1' },
    body: '{"id":1,"name":"Ada"}',
    body_bytes: 21,
    body_sha256: null,
  },
  response: null,
  queued_ms: 0,
  queue_position: null,
  started_at: '2026-11-29T09:00:00.000Z',
  duration_ms: 1,
  next_attempt_at: null,
  redirects: [],
};

test('two attempts are compared part by part, JSON member by member and headers in any order', () => {
  const request = { ...attempt.request!, headers: { a: '1', B: '2' }, body: '{ "id": 2, "name": "Ada" }' };
  const differing = compareAttempts(attempt, { ...attempt, attempt: 2, request }).filter(
    ({ isEqual }) => !isEqual,
  );
  expect(differing.map(({ name }) => name)).toEqual(['requestBody']);
  expect(differing[0]?.lines.filter(({ kind }) => kind !== 'same').map(({ text }) => text)).toEqual([
    '  "id": 1,',
    '  "id": 2,',
  ]);
});

test('a response in only one of the attempts is a difference', () => {
  const response = {
    status: 200,
    headers: {},
    body: 'ok',
    body_bytes: 2,
    body_bytes_read: 2,
    truncated: false,
  };
  const sections = compareAttempts(attempt, { ...attempt, status: 'success', error_type: null, response });
  expect(sections.filter(({ isEqual }) => !isEqual).map(({ name }) => name)).toEqual([
    'result',
    'responseBody',
  ]);
});

import { describe, expect, test } from '@jest/globals';
import { definitionSettings, soundInput, templateInput } from './definition-input.ts';

test('defaults (R-006, R-007)', () => {
  expect(definitionSettings({ url: 'https://example.com/', method: 'GET' })).toEqual({
    url: 'https://example.com/',
    method: 'GET',
    headers: {},
    payloadTemplate: null,
    timeoutMs: 30_000,
    retryEnabled: true,
    retryMaxAttempts: 3,
    sslVerify: true,
    responseMapping: {},
    endpointRateLimit: null,
    enabled: true,
  });
});

describe('a payload template', () => {
  const stored = (payload_template: unknown): string | null =>
    definitionSettings({ url: '', method: 'POST', payload_template }).payloadTemplate;

  test.each([
    [{ a: '{{b}}' }, '{"a":"{{b}}"}'],
    ['{"a": {{b}}}', '{"a": {{b}}}'],
    ['"{{b}}"', '"{{b}}"'],
    [[1, null], '[1,null]'],
    [0, '0'],
    [null, null],
    [{ n: 12345678901234567890n }, '{"n":12345678901234567890}'],
  ])('%p is stored as its text', (given, text) => {
    expect(stored(given)).toBe(text);
  });

  test.each([
    '{"a":"{{b}}"}',
    '{"a": {{b}}}',
    '{"a" : 1}',
    '"{{b}}"',
    '{"n":12345678901234567890}',
    '{"n":1.0}',
    '[1,null]',
    '0',
  ])('%s means the same when it is sent back', (text) => {
    expect(stored(templateInput(text))).toBe(text);
  });
});

test('only sound fields are read, with stand-ins for what every definition has', () => {
  const body = { url: 5, method: 'PUT', headers: { a: 1 }, enabled: false };
  expect(soundInput(body, new Set(['url', 'headers']))).toEqual({ url: '', method: 'PUT', enabled: false });
});

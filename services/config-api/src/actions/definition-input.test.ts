import { expect, test } from '@jest/globals';
import { definitionSettings, soundInput } from './definition-input.ts';

test('omitted fields get their defaults (R-006, R-007)', () => {
  expect(definitionSettings({ url: 'https://example.com/', method: 'GET' })).toEqual({
    url: 'https://example.com/',
    method: 'GET',
    headers: {},
    payloadTemplate: null,
    contentKind: 'json',
    timeoutMs: 30_000,
    retryEnabled: true,
    retryMaxAttempts: 3,
    sslVerify: true,
    responseMapping: {},
    endpointRateLimit: null,
    storeBodies: true,
    enabled: true,
  });
});

test('only valid fields are read, with placeholders for an invalid url or method', () => {
  const body = { url: 5, method: 'PUT', headers: { a: 1 }, enabled: false };
  expect(soundInput(body, new Set(['url', 'headers']))).toEqual({ url: '', method: 'PUT', enabled: false });
});

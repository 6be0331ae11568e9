import { describe, expect, test } from '@jest/globals';
import { readAuth } from './auth-input.ts';

const sealed = Buffer.from('sealed');
const stored = (sameOrigin: boolean) => ({
  auth: { type: 'basic' as const, headerName: null, settings: {}, sealed },
  sameOrigin,
});

describe('what is sent', () => {
  test.each([
    ['none', {}, { kind: 'none' }],
    [
      'basic',
      { username: 'u', password: '' },
      { kind: 'set', credential: { type: 'basic', username: 'u', password: '' } },
    ],
    ['bearer', { token: 't' }, { kind: 'set', credential: { type: 'bearer', token: 't' } }],
    [
      'api_key',
      { header_name: 'X-Key', api_key: 'k' },
      { kind: 'set', credential: { type: 'api_key', apiKey: 'k' } },
    ],
  ] as const)('%s', (type, config, change) => {
    const reading = readAuth(type, config, null);
    expect(reading).toMatchObject({ type, change, errors: [] });
    expect(reading.headerName).toBe(type === 'api_key' ? 'X-Key' : null);
  });

  test('an api_key without a header name goes to X-API-Key', () => {
    expect(readAuth('api_key', { api_key: 'k' }, null).headerName).toBe('X-API-Key');
  });
});

describe('what is refused', () => {
  test.each([
    ['basic', {}, ['auth_config.username', 'auth_config.password']],
    ['basic', { username: 'a:b', password: 'line\nbreak' }, ['auth_config.username', 'auth_config.password']],
    ['bearer', { token: '' }, ['auth_config.token']],
    ['bearer', { token: 'größe' }, ['auth_config.token']],
    ['api_key', { api_key: 'a\r\nb' }, ['auth_config.api_key']],
    ['none', { token: 't' }, ['auth_config.token']],
    ['bearer', { token: 't', password: 'p' }, ['auth_config.password']],
  ] as const)('%s %j', (type, config, fields) => {
    const { errors } = readAuth(type, config, null);
    expect(errors.map(({ field }) => field)).toEqual(fields);
    expect(JSON.stringify(errors)).not.toContain('line');
  });
});

describe('what is stored', () => {
  test('is kept where nothing is sent and the origin stays', () => {
    expect(readAuth('basic', {}, stored(true))).toMatchObject({
      change: { kind: 'keep', sealed },
      errors: [],
    });
  });

  test('must be sent again where the origin changes', () => {
    const { change, errors } = readAuth('basic', {}, stored(false));
    expect(change).toEqual({ kind: 'none' });
    expect(errors.map(({ field }) => field)).toEqual(['auth_config.username', 'auth_config.password']);
  });

  test('is not mixed with what is sent', () => {
    const { errors } = readAuth('basic', { username: 'other' }, stored(true));
    expect(errors.map(({ field }) => field)).toEqual(['auth_config.password']);
  });

  test('does not serve another type', () => {
    const { errors } = readAuth('bearer', {}, stored(true));
    expect(errors).toEqual([{ field: 'auth_config.token', message: 'is required for auth_type bearer' }]);
  });
});

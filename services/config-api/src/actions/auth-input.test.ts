import { describe, expect, test } from '@jest/globals';
import { readAuth } from './auth-input.ts';

const sealed = Buffer.from('sealed');
const stored = (sameOrigin: boolean) => ({
  auth: { type: 'basic' as const, headerName: null, settings: {}, sealed },
  sameOrigin,
  isVerificationLowered: false,
});

describe('auth_config in a body', () => {
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
  ] as const)('is read for auth_type %s', (type, config, change) => {
    const reading = readAuth(type, config, null);
    expect(reading).toMatchObject({ type, change, errors: [] });
    expect(reading.headerName).toBe(type === 'api_key' ? 'X-Key' : null);
  });

  test('F28 may have an empty user name for basic, as RFC 7617 allows', () => {
    const config = { username: '', password: 'pat-token' };
    const credential = { type: 'basic', ...config };
    expect(readAuth('basic', config, null)).toMatchObject({
      change: { kind: 'set', credential },
      errors: [],
    });
  });

  test('has the default header name X-API-Key for an api_key', () => {
    expect(readAuth('api_key', { api_key: 'k' }, null).headerName).toBe('X-API-Key');
  });
});

describe('an invalid auth_config', () => {
  test.each([
    ['basic', {}, ['auth_config.username', 'auth_config.password']],
    ['basic', { username: 'a:b', password: 'line\nbreak' }, ['auth_config.username', 'auth_config.password']],
    ['bearer', { token: '' }, ['auth_config.token']],
    ['bearer', { token: 'größe' }, ['auth_config.token']],
    ['api_key', { api_key: 'a\r\nb' }, ['auth_config.api_key']],
    ['none', { token: 't' }, ['auth_config.token']],
    ['bearer', { token: 't', password: 'p' }, ['auth_config.password']],
  ] as const)('is rejected for auth_type %s: %j', (type, config, fields) => {
    const { errors } = readAuth(type, config, null);
    expect(errors.map(({ field }) => field)).toEqual(fields);
    expect(JSON.stringify(errors)).not.toContain('line');
  });
});

describe('oauth2', () => {
  const settings = {
    token_url: 'https://id.example.com/token',
    client_id: 'client',
    token_endpoint_auth_method: 'client_secret_basic',
  };
  const storedOauth2 = (sameOrigin = true) => ({
    auth: { type: 'oauth2' as const, headerName: null, settings, sealed },
    sameOrigin,
    isVerificationLowered: false,
  });

  test('has settings that are read separately from the secret, with their defaults', () => {
    const given = { token_url: settings.token_url, client_id: 'client', client_secret: 's' };
    expect(readAuth('oauth2', given, null)).toEqual({
      type: 'oauth2',
      headerName: null,
      settings,
      change: { kind: 'set', credential: { type: 'oauth2', client_secret: 's' } },
      errors: [],
    });
  });

  test('is rejected if a setting is invalid, even if the stored secret is kept', () => {
    const { errors } = readAuth('oauth2', { ...settings, scope: 'a  b' }, storedOauth2());
    expect(errors).toEqual([
      { field: 'auth_config.scope', message: 'must be scopes, separated by single spaces' },
    ]);
  });

  test.each([
    ['another path', 'https://id.example.com/other', true, null],
    ['another host', 'https://evil.example.com/token', true, 'auth_config.token_url'],
    ['another port', 'https://id.example.com:8443/token', true, 'auth_config.token_url'],
    ['http', 'http://id.example.com/token', true, 'auth_config.token_url'],
    ['the URL of the webhook', 'https://id.example.com/token', false, 'the URL'],
  ])(
    'keeps the secret only while the origins of both URLs stay the same: %s',
    (_, token_url, sameOrigin, moved) => {
      const { change, errors } = readAuth('oauth2', { ...settings, token_url }, storedOauth2(sameOrigin));
      expect(change.kind).toBe(moved === null ? 'keep' : 'none');
      const message = `must be sent again, because the origin of ${moved} changes`;
      expect(errors).toEqual(moved === null ? [] : [{ field: 'auth_config.client_secret', message }]);
    },
  );
});

describe('a stored credential', () => {
  test('is kept if no credential is sent and the origin does not change', () => {
    expect(readAuth('basic', {}, stored(true))).toMatchObject({
      change: { kind: 'keep', sealed },
      errors: [],
    });
  });

  test('must be sent again if the origin changes', () => {
    const { change, errors } = readAuth('basic', {}, stored(false));
    expect(change).toEqual({ kind: 'none' });
    expect(errors.map(({ field }) => field)).toEqual(['auth_config.username', 'auth_config.password']);
  });

  test('must be sent again if the certificate is no longer verified', () => {
    const { change, errors } = readAuth('basic', {}, { ...stored(true), isVerificationLowered: true });
    expect(change).toEqual({ kind: 'none' });
    const message = 'must be sent again, because ssl_verify is switched off';
    expect(errors).toEqual([
      { field: 'auth_config.username', message },
      { field: 'auth_config.password', message },
    ]);
  });

  test('is not merged with a credential that is sent only in part', () => {
    const { errors } = readAuth('basic', { username: 'other' }, stored(true));
    expect(errors.map(({ field }) => field)).toEqual(['auth_config.password']);
  });

  test('is not kept for another auth_type', () => {
    const { errors } = readAuth('bearer', {}, stored(true));
    expect(errors).toEqual([{ field: 'auth_config.token', message: 'is required for auth_type bearer' }]);
  });
});

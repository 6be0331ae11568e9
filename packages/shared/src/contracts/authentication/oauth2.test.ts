/** Tests the token request of OAuth 2.0 client credentials and how its response is read (RFC 6749). Pure. */
import { describe, expect, it } from '@jest/globals';
import { oauth2, readTokenAnswer, tokenRequest } from './oauth2.ts';

const client = { token_url: 'https://id.example.com/token', client_id: 'a:b', client_secret: 's p%/ä' };

describe('tokenRequest', () => {
  it('sends the client id and secret in the Authorization header, each form-encoded before they are joined', () => {
    const { url, headers, body, secrets } = tokenRequest({ ...client, scope: 'read write' });
    expect({ url, body }).toEqual({
      url: client.token_url,
      body: 'grant_type=client_credentials&scope=read+write',
    });
    const userPass = 'a%3Ab:s+p%25%2F%C3%A4';
    const value = `Basic ${Buffer.from(userPass).toString('base64')}`;
    expect(headers).toEqual([{ name: 'Authorization', value }]);
    expect(secrets).toEqual([client.client_secret, userPass]);
  });

  it('with client_secret_post, sends the client id and secret in the body', () => {
    const posted = tokenRequest({
      ...client,
      audience: 'urn:x',
      token_endpoint_auth_method: 'client_secret_post',
    });
    expect(posted.headers).toEqual([]);
    expect(Object.fromEntries(new URLSearchParams(posted.body))).toEqual({
      grant_type: 'client_credentials',
      audience: 'urn:x',
      client_id: 'a:b',
      client_secret: 's p%/ä',
    });
  });
});

describe('readTokenAnswer', () => {
  const read = (answer: unknown, status = 200) =>
    readTokenAnswer({ status, body: typeof answer === 'string' ? answer : JSON.stringify(answer) });

  it.each<[unknown, number]>([
    [3_600, 3_600_000],
    ['60', 60_000],
    [0, 0],
    [-1, 0],
    [undefined, 300_000],
    ['soon', 300_000],
    [null, 300_000],
    [1e300, 86_400_000],
  ])('reads expires_in %p as a lifetime of %p ms', (expires_in, lifetimeMs) => {
    const token = { access_token: 'abc', token_type: 'bearer', expires_in };
    expect(read(token)).toEqual({ kind: 'token', value: 'abc', lifetimeMs });
  });

  it.each<[string, unknown]>([
    ['not JSON', '<html>'],
    ['null', null],
    ['no token', { token_type: 'Bearer' }],
    ['a token that breaks a header', { access_token: 'a\r\nb' }],
    ['a token that is not a string', { access_token: { toString: 'x' } }],
    ['a token that is too long', { access_token: 'a'.repeat(8_001) }],
    ['a token that is too long with its padding', { access_token: `a${'='.repeat(8_000)}` }],
    ['another type', { access_token: 'abc', token_type: 'mac' }],
  ])('rejects %s', (_, answer) => {
    expect(read(answer)).toMatchObject({ kind: 'refused' });
  });

  it.each<[number, unknown, string]>([
    [401, { error: 'invalid_client' }, 'the token endpoint responded with 401 invalid_client'],
    [400, { error: 'a"b' }, 'the token endpoint responded with 400'],
    [403, 'x', 'the token endpoint responded with 403'],
    [302, '', 'the token endpoint responded with 302'],
  ])('treats status %i with body %j as final', (status, answer, reason) => {
    expect(read(answer, status)).toEqual({ kind: 'refused', reason });
  });

  it.each([408, 429, 500, 503])('treats status %i as temporary', (status) => {
    expect(read({ error: 'x' }, status)).toEqual({
      kind: 'unavailable',
      reason: `the token endpoint responded with ${status}`,
    });
  });
});

describe('oauth2', () => {
  it.each<[string, string, boolean]>([
    ['scope', 'read write:all', true],
    ['scope', 'read  write', false],
    ['scope', '', false],
    ['client_id', 'größe', false],
    ['audience', 'https://api.example.com', true],
    ['audience', 'a\nb', false],
  ])('validates %s %j with the result %p', (name, value, isAccepted) => {
    const field = Object.entries(oauth2.settings).find(([each]) => each === name)?.[1];
    const problem = field && 'problem' in field ? field.problem(value) : undefined;
    expect(problem === null).toBe(isAccepted);
  });
});

import { describe, expect, it } from '@jest/globals';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import type { CallResponse } from '../call/call-result.ts';
import { TRUNCATION_MARKER } from '../stored-body/cut-text.ts';
import { attemptResponse, completedResponse } from './stored-response.ts';

const secrets = createSecretFilter(['secret123']);

function response(body: string | Buffer, changes: Partial<CallResponse> = {}): CallResponse {
  const bytes = Buffer.from(body as string);
  return {
    kind: 'response',
    status: 200,
    headers: {},
    body: bytes,
    bodyBytes: bytes.length,
    bodyBytesRead: bytes.length,
    truncated: false,
    durationMs: 1,
    ...changes,
  };
}

const stored = (body: string | Buffer, changes: Partial<CallResponse> = {}) =>
  attemptResponse(response(body, changes), secrets, { storeBodies: true });

describe('attemptResponse', () => {
  it('A-015: stores status and body as received', () => {
    expect(stored('{"ok":true}', { headers: { 'x-id': '1' } })).toEqual({
      status: 200,
      headers: { 'x-id': '1' },
      body: '{"ok":true}',
      bodyBytes: 11,
      bodyBytesRead: 11,
      truncated: false,
    });
  });

  it('A-016: truncates a body over 10 KiB and appends the marker', () => {
    expect(stored('x'.repeat(10_240))).toMatchObject({ body: 'x'.repeat(10_240), truncated: false });
    expect(stored('x'.repeat(10_241))).toMatchObject({
      body: 'x'.repeat(10_240) + TRUNCATION_MARKER,
      truncated: true,
      bodyBytes: 10_241,
      bodyBytesRead: 10_241,
    });
    expect(stored('€'.repeat(5_000)).body).toBe('€'.repeat(3_413) + TRUNCATION_MARKER);
  });

  it('appends the marker to a body that was not read to its end, even if the part that was read is short', () => {
    const short = response('short', { truncated: true, bodyBytes: null });
    expect(attemptResponse(short, createSecretFilter([]), { storeBodies: true })).toMatchObject({
      body: `short${TRUNCATION_MARKER}`,
      truncated: true,
      bodyBytes: null,
      bodyBytesRead: 5,
    });
  });

  it('converts any bytes to text that a database can store', () => {
    expect(stored(Buffer.from([0x61, 0x00, 0xff, 0x62])).body).toBe('a\ufffdb');
  });

  it('R-018: filters secrets before it truncates the body, so that no part of a secret remains at the end', () => {
    const echoed = stored(`${'x'.repeat(10_236)}secret123${'x'.repeat(100)}`, {
      headers: { 'x-echo': 'secret123', 'set-cookie': 'session=1', 'x-secret123': '1' },
    });
    expect(echoed.body).not.toContain('sec');
    expect(echoed.headers).toEqual({
      'x-echo': '[redacted]',
      'set-cookie': '[redacted]',
      'x-[redacted]': '1',
    });
  });

  it('R-018: leaves no part of a secret at the end of a body that filtering has shortened', () => {
    const long = createSecretFilter(['sécret/123'.repeat(20)]);
    for (const end of ['', '\n', '123456789']) {
      const echoes = response(`${'sécret/123'.repeat(20)}${end}`.repeat(3_000), { truncated: true });
      const { body } = attemptResponse(echoes, long, { storeBodies: true });
      expect(body).toMatch(/^(\[redacted\][\n1-9]*)*… \[truncated\]$/);
      expect(completedResponse(echoes, long).responseBody).not.toContain('sé');
    }
  });

  it('R-018: filters secrets from headers, which are decoded as latin1', () => {
    const value = Buffer.from('you sent pä"ß☃').toString('latin1');
    const headers = { 'x-echo': value };
    const filtered = attemptResponse(response('', { headers }), createSecretFilter(['pä"ß☃']), {
      storeBodies: true,
    });
    expect(filtered.headers).toEqual({ 'x-echo': 'you sent [redacted]' });
  });

  it.each([
    ['https://u:p@other.example.com/in?token=1', 'https://[redacted]@other.example.com/in?[redacted]'],
    ['//u@other.example.com/', '//[redacted]@other.example.com/'],
    ['/\\u:p@other.example.com/', '/\\[redacted]@other.example.com/'],
    ['https://other.example.com/#access_token=1', 'https://other.example.com/#[redacted]'],
    [
      'https://a.example.com/, https://u:p@b.example.com/',
      'https://a.example.com/, https://[redacted]@b.example.com/',
    ],
    ['/next', '/next'],
  ])('shows the target of a redirect without credentials: %s', (location, shown) => {
    expect(stored('', { status: 302, headers: { location } }).headers).toEqual({ location: shown });
  });

  it.each([
    'set-cookie',
    'set-cookie2',
    'authorization',
    'proxy-authenticate',
    'x-auth-token',
    'x_auth_token',
    'authentication-info',
    'proxy-authentication-info',
    'x-amz-security-token',
  ])('does not store the value of %s', (name) => {
    expect(stored('', { headers: { [name]: 'newtok' } }).headers).toEqual({ [name]: '[redacted]' });
  });

  it.each(['constructor', '__proto__', 'hasownproperty'])('stores a header named %s', (name) => {
    const headers = Object.fromEntries([[name, '1']]);
    expect(Object.entries(stored('', { headers }).headers)).toEqual([[name, '1']]);
  });

  it('stores a challenge, which describes how to authenticate', () => {
    const headers = { 'www-authenticate': 'Bearer realm="api"' };
    expect(stored('', { headers }).headers).toEqual(headers);
  });

  it.each([
    ['content-location', 'https://u:p@a.example.com/x?t=1', 'https://[redacted]@a.example.com/x?[redacted]'],
    ['refresh', '0; url=https://u:pw@h.example.com/', '0; url=https://[redacted]@h.example.com/'],
    ['refresh', '5;URL="/next?token=abc"', '5;URL="/next?[redacted]'],
    ['refresh', '5, //u@h.example.com#x', '5, //[redacted]@h.example.com#[redacted]'],
    ['refresh', '30', '30'],
    [
      'link',
      '<https://u:p@h.example.com/a?token=abc>; rel="next", <b?c>; rel=prev; anchor="//u@h#x"',
      '<https://[redacted]@h.example.com/a?[redacted]>; rel="next", <b?[redacted]>; rel=prev; anchor="//[redacted]@h#[redacted]"',
    ],
    ['link', '<https://h.example.com/?token=abc', '<https://h.example.com/?[redacted]'],
    ['link', 'https://u:p@h.example.com/?token=abc', 'https://[redacted]@h.example.com/?[redacted]'],
  ])('shows the URLs of %s without credentials: %s', (name, value, shown) => {
    expect(stored('', { headers: { [name]: value } }).headers).toEqual({ [name]: shown });
  });

  it('omits the body if bodies are not stored', () => {
    expect(attemptResponse(response('x'), secrets, { storeBodies: false })).toMatchObject({
      body: null,
      bodyBytes: 1,
    });
  });
});

describe('completedResponse', () => {
  it('contains up to 64 KiB of the body', () => {
    const completed = (bytes: number) => completedResponse(response('x'.repeat(bytes)), secrets);
    expect(completed(65_536)).toEqual({
      responseStatus: 200,
      responseHeaders: {},
      responseBody: 'x'.repeat(65_536),
      responseTruncated: false,
    });
    expect(completed(65_537)).toMatchObject({
      responseBody: 'x'.repeat(65_536) + TRUNCATION_MARKER,
      responseTruncated: true,
    });
  });
});

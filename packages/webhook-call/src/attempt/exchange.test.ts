import { describe, expect, it } from '@jest/globals';
import type { TokenSource } from '@hookline/shared/contracts/authentication/token-source';
import { TokenError, type TokenErrorCode } from '../authentication/token-error.ts';
import type { CallFailure, CallResponse, CallResult } from '../call/call-result.ts';
import type { CallOptions } from '../call/caller.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import type { CallableDefinition } from '../request/compile-definition.ts';
import type { CallSecrets } from '../request/prepare-request.ts';
import { NO_TOKENS } from '../testing/no-tokens.ts';
import { compileSample } from '../testing/sample-definition.ts';
import { OpenedSecrets } from '../request/open-secrets.ts';
import { judgeExchange } from './judge-exchange.ts';
import { readExchange } from '../testing/read-exchange.ts';
import { renderRequest } from '../request/render-request.ts';
import { type Exchange, type ExchangeInput, exchangeOnce } from './exchange-once.ts';

const NO_SECRETS: CallSecrets = { credential: null, signing: null };
const TOKEN: CallSecrets = { credential: { type: 'bearer', token: 'tok_123456' }, signing: null };
const STORED = { shown: { storeBodies: true } };

function response(changes: Partial<CallResponse> = {}): CallResponse {
  const body = Buffer.from('{"id":7,"echo":"tok_123456"}');
  const read = { body, bodyBytes: body.length, bodyBytesRead: body.length, truncated: false };
  return { kind: 'response', status: 200, headers: {}, ...read, durationMs: 12, ...changes };
}

/** Renders a definition with a context. */
function rendered(changes: Parameters<typeof compileSample>[0] = {}, email = 'jane@example.com') {
  return renderRequest(compileSample(changes), { contact: { email } });
}

const NO_CHOICES: ExchangeInput['choices'] = {
  followRedirects: false,
  retryOn: null,
  successOn: null,
  resendOnReset: false,
};

function input(changes: Partial<ExchangeInput> = {}, secrets = NO_SECRETS): ExchangeInput {
  return {
    rendering: rendered(),
    tokens: NO_TOKENS,
    openSecrets: () => Promise.resolve(new OpenedSecrets(secrets)),
    executionId: 'e-1',
    attempt: 1,
    accountId: 'acct_1',
    timeoutMs: 1_000,
    sslVerify: true,
    choices: NO_CHOICES,
    ...changes,
  };
}

interface AttemptRecord {
  exchange: Exchange;
  calls: { request: PreparedRequest; options: CallOptions }[];
}

/** Makes an attempt whose endpoint returns `result`. */
async function attempt(wanted: ExchangeInput, result: CallResult = response()): Promise<AttemptRecord> {
  const calls: AttemptRecord['calls'] = [];
  const call = (request: PreparedRequest, options: CallOptions): Promise<CallResult> => {
    calls.push({ request, options });
    return Promise.resolve(result);
  };
  return { exchange: await exchangeOnce({ call }, wanted), calls };
}

describe('exchangeOnce', () => {
  it('sends the prepared request with the options of the attempt', async () => {
    const { exchange, calls } = await attempt(input({ timeoutMs: 77, sslVerify: false }));
    expect(calls).toHaveLength(1);
    expect(calls[0]?.options).toEqual({ accountId: 'acct_1', timeoutMs: 77, sslVerify: false });
    expect(calls[0]?.request.body?.toString()).toBe('{"email":"jane@example.com"}');
    expect(exchange.request).toBe(calls[0]?.request);
  });

  it('makes no call if the request cannot be built or the secrets cannot be opened', async () => {
    const locked: RefusedRequest = {
      kind: 'refused',
      errorType: 'render_error',
      detail: 'auth_config: locked',
    };
    const blocked = await attempt(input({ rendering: rendered({ url: 'https://10.0.0.1/' }) }));
    const sealed = await attempt(input({ openSecrets: () => Promise.resolve(locked) }));
    expect([...blocked.calls, ...sealed.calls]).toEqual([]);
    expect(judgeExchange(blocked.exchange, 0)).toMatchObject({
      failure: { errorType: 'destination_blocked' },
      durationMs: 0,
    });
    expect(judgeExchange(sealed.exchange, 0).failure?.errorMessage).toMatch(/auth_config: locked$/);
  });
});

describe('an attempt with an access token', () => {
  const settings = { token_url: 'https://id.example.com/token', client_id: 'client' };
  const rendering = rendered({ auth: { type: 'oauth2', headerName: null, settings } });
  const secrets: CallSecrets = { credential: { type: 'oauth2', client_secret: 'cs_123456' }, signing: null };
  /** Returns the input of an attempt that obtains its token through `get`. */
  const withToken = (get: TokenSource['get']) =>
    input({ rendering, tokens: { of: () => ({ get }) }, timeoutMs: 1_000 }, secrets);
  const given = (refused: boolean, waitedMs = 0) =>
    withToken(() => Promise.resolve({ value: 'tok_123456', waitedMs, refused: () => refused }));
  const none = (code: TokenErrorCode) =>
    withToken(() => Promise.reject(new TokenError(code, 'no such client')));

  it('sends the token, and shows neither the token nor the client secret', async () => {
    const answer = response({ body: Buffer.from('tok_123456 cs_123456') });
    const { exchange, calls } = await attempt(given(false), answer);
    expect(calls[0]?.request.headers).toContainEqual({
      name: 'Authorization',
      value: 'Bearer tok_123456',
      sensitive: true,
    });
    const read = readExchange(exchange, judgeExchange(exchange, 0).outcome, STORED);
    expect(read.request?.headers['Authorization']).toBe('[redacted]');
    expect(read.response?.body).toBe('[redacted] [redacted]');
  });

  it('limits the call to the time that is left after the wait for the token', async () => {
    expect((await attempt(given(false, 400))).calls[0]?.options.timeoutMs).toBe(600);
    expect((await attempt(given(false, 1_400))).calls[0]?.options.timeoutMs).toBe(1);
  });

  it.each([
    [401, true, true],
    [401, false, undefined],
    [403, true, undefined],
    [200, true, undefined],
  ])(
    'after status %i, with another token available: %p, sets resend to %p',
    async (status, another, resend) => {
      const { exchange } = await attempt(given(another), response({ status }));
      const { outcome } = judgeExchange(exchange, 0);
      expect('resend' in outcome ? outcome.resend : undefined).toBe(resend);
    },
  );

  it.each<[TokenErrorCode, object, string]>([
    [
      'render_error',
      { status: 'error', errorType: 'render_error', retryable: false },
      'Webhook request could not be built: auth_config: no access token: no such client',
    ],
    [
      'token_unavailable',
      { status: 'error', errorType: 'network_error', retryable: true },
      'Unable to get an access token: no such client',
    ],
    [
      'token_timed_out',
      { status: 'timeout', errorType: 'timeout_error', retryable: true },
      'Access token request timed out: no such client',
    ],
    ['certificate_refused', { errorType: 'ssl_error' }, 'SSL certificate validation failed: no such client'],
    ['destination_blocked', { errorType: 'destination_blocked' }, 'Webhook destination is not allowed'],
  ])('ends with %s and makes no call if no token can be obtained', async (code, outcome, errorMessage) => {
    const { exchange, calls } = await attempt(none(code));
    expect(calls).toEqual([]);
    const judged = judgeExchange(exchange, 0);
    expect(judged).toMatchObject({ outcome, failure: { errorMessage } });
    expect(readExchange(exchange, judged.outcome, STORED)).toMatchObject({ request: null, response: null });
    expect(judged.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('rethrows an unexpected error', async () => {
    await expect(attempt(withToken(() => Promise.reject(new Error('a mistake'))))).rejects.toThrow(
      'a mistake',
    );
  });
});

describe('an attempt whose endpoint closed the connection', () => {
  const closed = (changes: Partial<CallFailure> = {}): CallFailure => {
    const failure = {
      failure: 'network',
      detail: 'other side closed',
      reason: null,
      received: null,
    } as const;
    return { kind: 'failed', ...failure, keptConnectionClosed: true, durationMs: 3, ...changes };
  };

  it.each<[CallableDefinition['method'], boolean, boolean]>([
    ['GET', false, true],
    ['PUT', false, true],
    ['DELETE', false, true],
    ['POST', false, false],
    ['PATCH', false, false],
    ['POST', true, true],
    ['PATCH', true, true],
  ])('F13: with %s and resend_on_reset %p is sent again: %p', async (method, resendOnReset, resend) => {
    const rendering = rendered({ method });
    const { exchange } = await attempt(
      input({ rendering, choices: { ...NO_CHOICES, resendOnReset } }),
      closed(),
    );
    expect(judgeExchange(exchange, 0).outcome).toMatchObject({ status: 'error', retryable: true });
    expect(exchange.resend).toBe(resend);
  });

  it('F13: is not sent again if the connection was new', async () => {
    const rendering = rendered({ method: 'GET' });
    const result = closed({ keptConnectionClosed: false });
    expect(
      (await attempt(input({ rendering, choices: { ...NO_CHOICES, resendOnReset: true } }), result)).exchange
        .resend,
    ).toBe(false);
  });

  it('F23: shows the received part of a response that was cut off, without the secrets', async () => {
    const body = Buffer.from(`you sent tok_123456 ${'and '.repeat(1_000)}`);
    const received = response({ body, truncated: true });
    const rendering = rendered({ auth: { type: 'bearer', headerName: null, settings: {} } });
    const cut = closed({ failure: 'cut_off', received, keptConnectionClosed: false });
    const { exchange } = await attempt(input({ rendering }, TOKEN), cut);
    const judged = judgeExchange(exchange, 0);
    expect(judged).toMatchObject({
      failure: { errorType: 'network_error' },
    });
    const read = readExchange(exchange, judged.outcome, STORED);
    expect(read).toMatchObject({ response: { truncated: true }, completed: { responseStatus: 200 } });
    expect(read.response?.body).toMatch(/^you sent \[redacted\] and .*… \[truncated\]$/);
  });
});

describe('the stored part of an exchange', () => {
  const rendering = rendered({ auth: { type: 'bearer', headerName: null, settings: {} } });

  it('shows request and response without the secrets', async () => {
    const { exchange } = await attempt(input({ rendering }, TOKEN));
    const judged = judgeExchange(exchange, 0);
    expect(judged).toMatchObject({ outcome: { status: 'success' }, failure: null, durationMs: 12 });
    const read = readExchange(exchange, judged.outcome, STORED);
    expect(read.request?.headers['Authorization']).toBe('[redacted]');
    expect(read.response?.body).toBe('{"id":7,"echo":"[redacted]"}');
  });

  it('truncates the request body to 10 KiB, or to the given size', async () => {
    const { exchange } = await attempt(input({ rendering: rendered({}, 'x'.repeat(20_000)) }));
    const { outcome } = judgeExchange(exchange, 0);
    expect(readExchange(exchange, outcome, STORED).request?.body).toMatch(/… \[truncated\]$/);
    const shown = { storeBodies: true, requestBodyBytes: 1_048_576 };
    const whole = readExchange(exchange, outcome, { shown });
    expect(whole.request?.body).toHaveLength(20_012);
    expect(readExchange(exchange, outcome, { shown: { storeBodies: false } }).request).toMatchObject({
      body: null,
      bodyBytes: 20_012,
    });
  });
});

describe('a mapping', () => {
  const responseMapping = { id: '$.id', echo: '$.echo', none: '$.none' };

  it('is applied only to a successful response', async () => {
    const { exchange } = await attempt(input());
    const { outcome } = judgeExchange(exchange, 0);
    expect(readExchange(exchange, outcome, { ...STORED, responseMapping }).mapped).toEqual({
      fields: { id: '7', echo: '"tok_123456"' },
      errors: { none: 'no_match' },
    });
    const failed = await attempt(input(), response({ status: 500 }));
    const refused = judgeExchange(failed.exchange, 0).outcome;
    expect(readExchange(failed.exchange, refused, { ...STORED, responseMapping }).mapped).toEqual({
      fields: {},
      errors: {},
    });
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Authentication } from '@hookline/shared/contracts/authentication/kind';
import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import { signingSecret } from '@hookline/credentials/signing-secret';
import type { PreparedRequest } from '../call/prepared-request.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import { sign } from '../signing/sign.ts';
import { prepareRequest, shownRequest } from '../testing/prepare-request.ts';
import { NO_TOKENS } from '../testing/no-tokens.ts';
import { compileSample } from '../testing/sample-definition.ts';
import { TRUNCATION_MARKER } from '../stored-body/cut-text.ts';
import { authenticate } from './authenticate.ts';
import type { CallableDefinition } from './compile-definition.ts';
import type { CallSecrets } from './prepare-request.ts';

const context = {
  contact: {
    email: 'john@example.com',
    id: 42,
    name: `Zoë "Z" O'Neil`,
    nl: 'x\r\nBcc: y',
    sp: '  pad  ',
    quote: '"',
  },
  account: { id: 'acct_1' },
};

function prepare(
  changes: Partial<CallableDefinition>,
  input: { context?: unknown; authentication?: Authentication | null; signing?: CallSecrets['signing'] } = {},
): PreparedRequest | RefusedRequest {
  return prepareRequest(compileSample(changes), {
    context: input.context ?? context,
    executionId: 'e-1',
    attempt: 2,
    authentication: input.authentication ?? null,
    signing: input.signing ?? null,
  });
}

function sent(result: PreparedRequest | RefusedRequest): PreparedRequest {
  if (result.kind === 'refused') throw new Error(result.detail);
  return result;
}

function prepared(...args: Parameters<typeof prepare>): PreparedRequest {
  return sent(prepare(...args));
}

/** Prepares a request that is authenticated with a credential. */
async function authenticated(
  changes: Partial<CallableDefinition>,
  credential: Credential,
  context?: unknown,
): Promise<PreparedRequest | RefusedRequest> {
  const authentication = await authenticate(authOf(changes), credential, NO_TOKENS.of());
  if (authentication && 'kind' in authentication) return authentication;
  return prepare(changes, { authentication, ...(context !== undefined && { context }) });
}

/** Returns the type and the settings of the compiled authentication. */
function authOf(changes: Partial<CallableDefinition>): Parameters<typeof authenticate>[0] {
  const compilation = compileSample(changes);
  if (compilation.kind === 'invalid') throw new Error(compilation.problems[0]?.message);
  return compilation.auth;
}

const headersOf = (request: PreparedRequest): Record<string, string> =>
  Object.fromEntries(request.headers.map(({ name, value }) => [name, value]));

describe('prepareRequest', () => {
  it('A-001: renders the payload and sends its Content-Type', () => {
    const request = prepared({
      payloadTemplate: '{"contact_email":"{{contact.email}}","event":"workflow_triggered"}',
    });
    expect(request.body?.toString()).toBe(
      '{"contact_email":"john@example.com","event":"workflow_triggered"}',
    );
    expect(headersOf(request)['content-type']).toBe('application/json');
  });

  it('A-007: sends only the configured headers and the defaults', () => {
    expect(headersOf(prepared({ headers: { 'X-Account-ID': '{{account.id}}' } }))).toEqual({
      'X-Account-ID': 'acct_1',
      'user-agent': 'Hookline/test',
      accept: '*/*',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'webhook-id': 'e-1',
      'webhook-attempt': '2',
    });
  });

  it('omits a default that the definition sets itself', () => {
    const own = {
      'User-Agent': 'acme/1',
      Accept: 'application/json',
      'Accept-Encoding': 'gzip',
      'Content-Type': 'application/ld+json',
    };
    expect(headersOf(prepared({ headers: own }))).toEqual({
      ...own,
      'webhook-id': 'e-1',
      'webhook-attempt': '2',
    });
  });

  it.each<[CallableDefinition['method'], string | null, boolean]>([
    ['GET', '{}', false],
    ['DELETE', null, false],
    ['DELETE', '{}', true],
    ['POST', null, false],
    ['PUT', '{}', true],
    ['PATCH', '{}', true],
  ])('R-002: %s with template %p has a body: %p', (method, payloadTemplate, hasBody) => {
    const request = prepared({ method, payloadTemplate });
    expect(request.body !== null).toBe(hasBody);
    expect('content-type' in headersOf(request)).toBe(hasBody);
  });

  it.each<[Credential, string | null, [string, string]]>([
    [
      { type: 'basic', username: 'apiuser', password: 'secret123' },
      null,
      ['Authorization', 'Basic YXBpdXNlcjpzZWNyZXQxMjM='],
    ],
    [{ type: 'bearer', token: 'tok-123' }, null, ['Authorization', 'Bearer tok-123']],
    [{ type: 'api_key', apiKey: 'key-123' }, 'X-Key', ['X-Key', 'key-123']],
    [{ type: 'api_key', apiKey: 'key-123' }, null, ['X-API-Key', 'key-123']],
  ])('A-004 to A-006: authenticates with %j', async (credential, headerName, [name, value]) => {
    const request = sent(
      await authenticated({ auth: { type: credential.type, headerName, settings: {} } }, credential),
    );
    expect(headersOf(request)[name]).toBe(value);
    expect(shownRequest(request, { storeBodies: true }).headers[name]).toBe('[redacted]');
  });

  describe('a signature (Standard Webhooks 1.0.0)', () => {
    const signing = { sealedSecrets: [Buffer.from('sealed')], graceUntil: null };
    const key = Buffer.alloc(32, 0xfb);
    const startedAt = 1_614_265_330_999;
    const signed = (changes: Partial<CallableDefinition> = {}): PreparedRequest =>
      prepared({ signing, ...changes }, { signing: { keys: [key], startedAt } });

    it('A-007: covers the bytes that are sent, and adds two headers', () => {
      const request = signed({ headers: { 'X-A': 'a' } });
      const content = { id: 'e-1', timestamp: 1_614_265_330, body: request.body };
      expect(headersOf(request)).toEqual({
        'X-A': 'a',
        'user-agent': 'Hookline/test',
        accept: '*/*',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        'webhook-id': 'e-1',
        'webhook-attempt': '2',
        'webhook-timestamp': '1614265330',
        'webhook-signature': sign(content, [key]),
      });
    });

    it('covers a request without a body', () => {
      const content = { id: 'e-1', timestamp: 1_614_265_330, body: null };
      expect(headersOf(signed({ method: 'GET' }))['webhook-signature']).toBe(sign(content, [key]));
    });

    it('is hidden from history, as is its secret', () => {
      const request = signed();
      expect(shownRequest(request, { storeBodies: true }).headers).toMatchObject({
        'webhook-timestamp': '1614265330',
        'webhook-signature': '[redacted]',
      });
      expect(createSecretFilter(request.secretTexts).redact(`echo: ${signingSecret(key)}`)).toBe(
        'echo: whsec_[redacted]=',
      );
    });

    it.each([null, { keys: [], startedAt }])(
      'is required: a request without a key is refused (%j)',
      (keys) => {
        expect(prepare({ signing }, { signing: keys })).toMatchObject({
          kind: 'refused',
          detail: 'signing: no signing secret is stored',
        });
      },
    );

    it('cannot be made for an id with a dot, because it would also match another id and time', () => {
      const secrets = { authentication: null, signing: { keys: [key], startedAt } };
      const input = { context, executionId: 'e.1', attempt: 1, ...secrets };
      expect(prepareRequest(compileSample({ signing }), input)).toMatchObject({
        kind: 'refused',
        detail: 'signing: an executionId with a dot cannot be signed',
      });
      expect(prepareRequest(compileSample(), input)).toMatchObject({ kind: 'prepared' });
    });
  });

  it.each<[Partial<CallableDefinition>, string]>([
    [{ url: 'https://hooks.example.com/{{contact.missing}}' }, 'url: empty path segment'],
    [{ headers: { 'X-A': '{{contact.nl}}' } }, 'headers.X-A: illegal header character'],
    [
      { auth: { type: 'bearer', headerName: null, settings: {} } },
      'auth_config: no bearer credential is stored',
    ],
    [{ url: 'nonsense' }, 'url: invalid URL'],
  ])('refuses %j as render_error', (changes, detail) => {
    expect(prepare(changes)).toMatchObject({
      kind: 'refused',
      errorType: 'render_error',
      detail: expect.stringContaining(detail),
    });
  });

  it('refuses a request that cannot be sent, with the error type of the reason', () => {
    expect(prepare({ url: 'http://10.0.0.1/' })).toMatchObject({ errorType: 'destination_blocked' });
    expect(prepare({}, { context: { contact: { email: 'x'.repeat(1_048_576) } } })).toMatchObject({
      errorType: 'payload_too_large',
    });
  });

  it('does not quote a credential that cannot be sent', async () => {
    const refused = await authenticated(
      { auth: { type: 'bearer', headerName: null, settings: {} } },
      { type: 'bearer', token: 'tok\n123' },
    );
    expect(refused).toMatchObject({ kind: 'refused', detail: expect.not.stringContaining('tok') });
  });

  it.each([
    ['Bearer {{contact.id}}', 'Bearer 42'],
    ['{{contact.sp}}', 'pad'],
    ['{{contact.quote}}', '"'],
    ['{{contact.missing}}', ''],
  ])('renders the header %s', (template, value) => {
    expect(headersOf(prepared({ headers: { 'X-A': template } }))['X-A']).toBe(value);
  });

  it('never lets a merge field add a second header, whatever its value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const request = prepare({ headers: { 'X-A': 'a{{v}}' } }, { context: { v: value } });
        const sent = request.kind === 'prepared' ? headersOf(request)['X-A'] : 'refused';
        expect(sent).toMatch(/^[\t\x20-\x7e]+$/);
      }),
    );
  });
});

describe('attemptRequest', () => {
  it('R-008: shows what is sent', () => {
    const request = prepared({
      url: 'http://hooks.example.com:8080/in?q={{contact.id}}',
      headers: { Cookie: 'c=1' },
    });
    const body = '{"email":"john@example.com"}';
    expect(shownRequest(request, { storeBodies: true })).toEqual({
      url: 'http://hooks.example.com:8080/in?q=42',
      method: 'POST',
      headers: {
        host: 'hooks.example.com:8080',
        connection: 'keep-alive',
        Cookie: '[redacted]',
        'user-agent': 'Hookline/test',
        accept: '*/*',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        'webhook-id': 'e-1',
        'webhook-attempt': '2',
        'content-length': String(body.length),
      },
      body,
      bodyBytes: body.length,
      bodySha256: createHash('sha256').update(body).digest('hex'),
    });
  });

  it('truncates the body to 10 KiB at a character boundary and keeps the size and the digest of the whole body', () => {
    const request = prepared({ payloadTemplate: '"{{v}}"' }, { context: { v: 'é'.repeat(10_000) } });
    const shown = shownRequest(request, { storeBodies: true });
    expect(shown.bodyBytes).toBe(20_002);
    expect(shown.body).toBe(`"${'é'.repeat(5_119)}${TRUNCATION_MARKER}`);
    expect(shownRequest(request, { storeBodies: false })).toEqual({ ...shown, body: null });
  });

  it('R-018: never shows the credential, even if the context contains it', async () => {
    const prepared = await authenticated(
      {
        url: 'https://hooks.example.com/in?t={{t}}',
        headers: { 'X-T': '{{t}}' },
        payloadTemplate: '"{{t}}"',
        auth: { type: 'bearer', headerName: null, settings: {} },
      },
      { type: 'bearer', token: 'tok+en/1' },
      { t: 'tok+en/1' },
    );
    const shown = JSON.stringify(shownRequest(sent(prepared), { storeBodies: true }));
    expect(shown).not.toMatch(/tok(\+|%2B)en/);
  });

  it('shows a Content-Length of 0 only for methods that expect a body', () => {
    const lengthOf = (method: CallableDefinition['method']): string | undefined =>
      shownRequest(prepared({ method, payloadTemplate: null }), { storeBodies: true }).headers[
        'content-length'
      ];
    expect(lengthOf('POST')).toBe('0');
    expect(lengthOf('GET')).toBeUndefined();
    expect(lengthOf('DELETE')).toBeUndefined();
  });
});

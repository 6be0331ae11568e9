import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { DEFAULT_STATUS_RULES, statusRulesOf } from '../outcome/status-rules.ts';
import { prepare, startCaller, type TestCaller } from '../testing/test-caller.ts';
import type { CallOptions } from '../call/caller.ts';
import { callFollowing, leftOrigin } from './call-following.ts';
import type { CallResult } from '../call/call-result.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';

/** Follows redirects between two real endpoints through the real guard. */

const PATIENT = { accountId: 'acct_1', timeoutMs: 30_000, sslVerify: true };
const FOLLOW = { followRedirects: true, rules: DEFAULT_STATUS_RULES };
const SECRET_HEADERS = {
  Authorization: 'Bearer tok_1',
  'X-Custom': 'mine',
  'User-Agent': 'mine',
  Accept: 'a/b',
};

let home: Receiver;
let foreign: Receiver;
let caller: TestCaller;

beforeEach(async () => {
  [home, foreign, caller] = [await startReceiver(), await startReceiver(), await startCaller()];
});

afterEach(async () => {
  await home.stop();
  await foreign.stop();
  await caller[Symbol.asyncDispose]();
});

/** Builds a POST as an attempt sends it, with a configured header, a credential and a signature. */
function signedPost(path = '/hook', changes = {}): PreparedRequest {
  const request = prepare(home.url + path, { headers: SECRET_HEADERS, ...changes });
  const signature = ['webhook-timestamp', 'webhook-signature'].map((name) => ({
    name,
    value: '1',
    sensitive: true,
  }));
  return { ...request, headers: [...request.headers, ...signature] };
}

const follow = (request: PreparedRequest, choices = FOLLOW): Promise<CallResult> =>
  callFollowing(caller, request, PATIENT, choices);
const to = (status: number, location: string) => ({ status, headers: { location } });
const lastOf = (receiver: Receiver) => receiver.seen.at(-1);
const headersOf = (request?: ReceivedRequest) => Object.fromEntries(request?.rawHeaders ?? []);

describe('a webhook that follows redirects', () => {
  it.each([301, 302, 303])('follows %d with a GET without a body', async (status) => {
    home.script('/hook', [to(status, '/moved?to=1#top')]);
    const result = await follow(signedPost());
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(result.redirects).toEqual([
      { status, method: 'GET', url: `${home.url}/moved?to=1`, durationMs: expect.any(Number) },
    ]);
    expect(lastOf(home)).toMatchObject({ method: 'GET', url: '/moved?to=1' });
    expect(lastOf(home)?.body).toHaveLength(0);
    for (const name of ['content-type', 'content-length', 'webhook-signature', 'webhook-timestamp']) {
      expect([name, lastOf(home)?.header(name)]).toEqual([name, undefined]);
    }
    // The credentials may be sent to the same origin again.
    expect(headersOf(lastOf(home))).toMatchObject({ Authorization: 'Bearer tok_1', 'X-Custom': 'mine' });
  });

  it.each([307, 308])('follows %d with the same method, body and signature', async (status) => {
    home.script('/hook', [to(status, '/moved')]);
    await follow(signedPost());
    const [first, second] = home.seen;
    expect(second).toMatchObject({ method: 'POST', url: '/moved', body: first?.body });
    expect(second?.rawHeaders).toEqual(first?.rawHeaders);
  });

  it.each([302, 307])(
    'sends no credential, signature or configured header to another origin (%d)',
    async (status) => {
      home.script('/hook', [to(status, `${foreign.url}/in`)]);
      foreign.script('/in', [to(307, `${home.url}/back`)]);
      const result = await follow(signedPost());
      const names = [
        'host',
        'connection',
        'user-agent',
        'accept',
        'accept-encoding',
        'webhook-id',
        'webhook-attempt',
      ];
      const withBody = status === 307 ? [...names, 'content-type', 'content-length'] : names;
      for (const seen of [lastOf(foreign), lastOf(home)]) {
        expect(Object.keys(headersOf(seen)).sort()).toEqual(withBody.sort());
        expect(headersOf(seen)).toMatchObject({ 'user-agent': 'Hookline/1', accept: '*/*' });
      }
      expect(leftOrigin(signedPost(), result)).toBe(true);
      expect(leftOrigin(signedPost(), {})).toBe(false);
    },
  );

  it('follows three redirects and returns the fourth as the response', async () => {
    home.script('/hook', [to(302, '/hook'), to(302, '/hook'), to(302, '/hook'), to(302, '/hook')]);
    const result = await follow(signedPost());
    expect(result).toMatchObject({ status: 302 });
    expect(result.redirects).toHaveLength(3);
    expect(home.seen).toHaveLength(4);
  });

  it('is stopped by the guard if a redirect leads to a forbidden address', async () => {
    home.script('/hook', [to(302, 'http://10.0.0.1/internal')]);
    const result = await follow(signedPost());
    expect(result).toMatchObject({ kind: 'failed', failure: 'blocked' });
    expect(result.redirects).toMatchObject([{ url: 'http://10.0.0.1/internal' }]);
  });

  it.each([
    ['no Location', {}],
    ['an unsafe URL', { location: 'http://user:pass@127.0.0.1/' }],
    ['another scheme', { location: 'ftp://127.0.0.1/' }],
    ['an incomplete URL', { location: 'http://' }],
    ['a disguised address', { location: 'http://0x7f000001/' }],
    ['a host after a backslash', { location: '/\\\\127.0.0.1/' }],
  ])('returns a redirect with %s as the response', async (_, headers) => {
    home.script('/hook', [{ status: 302, headers }]);
    expect(await follow(signedPost())).toMatchObject({ kind: 'response', status: 302 });
    expect(home.seen).toHaveLength(1);
  });

  it.each([300, 304, 305, 399])(
    'returns a %d, which does not request another call, as the response',
    async (status) => {
      home.script('/hook', [to(status, '/moved')]);
      expect(await follow(signedPost())).toMatchObject({ status });
    },
  );

  it('returns a redirect as the response if success_on counts it as success', async () => {
    home.script('/hook', [to(302, '/moved')]);
    const rules = statusRulesOf({ retryOn: null, successOn: '2xx, 302' });
    expect(await follow(signedPost(), { followRedirects: true, rules })).toMatchObject({ status: 302 });
  });

  it('applies the timeout of one call to all hops together', async () => {
    home.script('/hook', [to(302, '/slow')]);
    home.script('/slow', 'hang');
    const result = await callFollowing(caller, signedPost(), { ...PATIENT, timeoutMs: 300 }, FOLLOW);
    expect(result).toMatchObject({ kind: 'failed', failure: 'timeout', redirects: [{ status: 302 }] });
  });
});

it('callFollowing returns the redirect as the response if the webhook does not follow redirects', async () => {
  home.script('/hook', [to(302, '/moved')]);
  const result = await follow(signedPost(), { ...FOLLOW, followRedirects: false });
  expect(result).toMatchObject({ status: 302 });
  expect(home.seen).toHaveLength(1);
});

/** Builds a caller whose endpoint always responds with this redirect after 40 ms, and records its calls. */
function redirectingCaller(location: string) {
  const calls: { request: PreparedRequest; options: CallOptions }[] = [];
  const call = (request: PreparedRequest, options: CallOptions): Promise<CallResult> => {
    calls.push({ request, options });
    const read = { body: Buffer.alloc(0), bodyBytes: 0, bodyBytesRead: 0, truncated: false, durationMs: 40 };
    return Promise.resolve({ kind: 'response', ...to(302, location), ...read });
  };
  return { calls, call };
}

it('callFollowing gives each hop the time left by the earlier hops, and reports the total duration', async () => {
  const redirecting = redirectingCaller('/next');
  const options = { ...PATIENT, timeoutMs: 100 };
  const result = await callFollowing(redirecting, prepare('https://hooks.example.com/in'), options, FOLLOW);
  expect(redirecting.calls.map(({ options: { timeoutMs } }) => timeoutMs)).toEqual([100, 60, 20, 1]);
  expect(result.durationMs).toBe(160);
});

it('callFollowing does not follow a redirect from https to http', async () => {
  const redirecting = redirectingCaller('http://hooks.example.com/');
  const request = prepare('https://hooks.example.com/in');
  expect(await callFollowing(redirecting, request, PATIENT, FOLLOW)).toMatchObject({ status: 302 });
  expect(redirecting.calls).toEqual([{ request, options: PATIENT }]);
});

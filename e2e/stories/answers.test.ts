import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookAttempt, WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { startDnsServer, type DnsServer } from '@hookline/destination-guard/testing/dns-server';
import { SAMPLE_CONTEXT } from '@hookline/testkit/builders';
import type { LogLine } from '../support/log-lines.ts';
import { startStory, type Story } from '../support/story.ts';

/** Responses of endpoints and their effect on attempts, outcome and log, and on what the user sees. */

const DELAY_MS = 5_000;

let story: Story;
let dns: DnsServer;

beforeAll(async () => {
  dns = await startDnsServer({});
  story = await startStory({ dnsServers: [dns.address] });
});

afterAll(async () => {
  await story.stop();
  await dns[Symbol.asyncDispose]();
});

interface EndedExecution {
  request: WebhookRequested;
  completed: WebhookCompleted;
  attempts: WebhookAttempt[];
}

/** Configures a webhook, requests it and waits for its outcome. */
async function end(
  definition: Record<string, unknown>,
  context: object = SAMPLE_CONTEXT,
): Promise<EndedExecution> {
  const { account, hookline } = story;
  const actionId = await account.createAction({ method: 'POST', ...definition });
  const request = await hookline.engine.request({
    accountId: account.id,
    actionId,
    context: JSON.stringify(context),
  });
  const ofThis = ({ executionId }: { executionId: string }): boolean => executionId === request.executionId;
  const completed = await hookline.outcome(request);
  const attempts: WebhookAttempt[] = [];
  // Attempts are written before the outcome, but to another topic, so the probe may read the outcome first.
  while (attempts.length < completed.attempts)
    attempts.push(await hookline.probe.next('WebhookAttempt', ofThis));
  return { request, completed, attempts };
}

const url = (path: string): string => story.receiver.url + path;

describe('time', () => {
  it('A-008 an endpoint that is silent past the timeout ends the attempt as a timeout', async () => {
    story.receiver.script('/a-008', 'hang');
    const { completed, attempts } = await end({
      url: url('/a-008'),
      // Long enough for the request to be sent even if the machine pauses.
      timeout_seconds: 5,
      retry_enabled: false,
    });
    const timeout = {
      status: 'timeout',
      errorType: 'timeout_error',
      errorMessage: 'Webhook request timed out',
    };
    expect(completed).toMatchObject(timeout);
    expect(attempts).toMatchObject([{ ...timeout, response: null }]);
    const [call] = await story.receiver.requests(1, { where: (one) => one.path === '/a-008' });
    expect(await call?.ended).toBe('aborted');
  });

  it('A-009 a response after 5 s is a success of about 5 s if the timeout is 10 s', async () => {
    story.receiver.script('/a-009', { after: () => sleep(DELAY_MS) });
    const { completed, attempts } = await end({ url: url('/a-009'), timeout_seconds: 10 });
    expect(completed).toMatchObject({ status: 'success', attempts: 1 });
    // The duration includes the delay of the endpoint (whose timer may fire a millisecond early).
    expect(attempts[0]?.durationMs).toBeGreaterThanOrEqual(DELAY_MS - 1);
    expect(attempts[0]?.durationMs).toBeLessThan(10_000);
  });

  it('A-013 a 429 is not retried before its Retry-After', async () => {
    const limited = { status: 429, headers: { 'retry-after': '1' } };
    story.receiver.script('/a-013', [limited, { status: 200 }]);
    const { completed, attempts } = await end({ url: url('/a-013') });
    expect(completed).toMatchObject({ status: 'success', attempts: 2 });
    expect(attempts[0]).toMatchObject({
      status: 'error',
      errorType: 'rate_limited',
      errorMessage: 'Webhook endpoint rate limit exceeded',
    });
    const [first, second] = story.receiver.seen.filter((one) => one.path === '/a-013');
    expect((second?.receivedAt ?? 0) - (first?.receivedAt ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
});

describe('bodies', () => {
  it('A-016 a response over 10 KiB is stored truncated, with its full size', async () => {
    const body = 'x'.repeat(20_000);
    story.receiver.script('/a-016', { body });
    const { request, completed, attempts } = await end({ url: url('/a-016') });
    const stored = attempts[0]?.response;
    expect(stored).toMatchObject({ bodyBytes: 20_000, bodyBytesRead: 20_000, truncated: true });
    expect(stored?.body?.startsWith('x'.repeat(10_240))).toBe(true);
    expect(stored?.body?.length).toBeLessThan(10_300);
    expect(completed).toMatchObject({ responseBody: body, responseTruncated: false });
    const shown = await story.account.execution(request.executionId, 'success');
    expect(shown['attempts']).toMatchObject([{ response: { body_bytes: 20_000, truncated: true } }]);
  });

  it('A-018 several mappings are all applied, and each is logged', async () => {
    story.receiver.script('/a-018', { body: { id: 'ext_1', score: 7, tags: ['a', 'b'] } });
    const { request, completed } = await end({
      url: url('/a-018'),
      response_mapping: {
        external_id: '$.id',
        'contact.custom_fields.score': '$.score',
        'workflow.tags': '$.tags[*]',
        'workflow.missing': '$.none',
      },
    });
    expect(completed.mappedFields).toEqual({
      external_id: '"ext_1"',
      'contact.custom_fields.score': '7',
      'workflow.tags': '["a","b"]',
    });
    const isMapping = ({ executionId, target, listed }: LogLine): boolean =>
      executionId === request.executionId && (target ?? listed) !== undefined;
    const lines = await story.hookline.logs.matching(4, isMapping);
    expect(lines.map(({ target, listed }) => target ?? listed)).toEqual([
      'external_id',
      'contact.custom_fields.score',
      'workflow.tags',
      [{ target: 'workflow.missing', error: 'no_match' }],
    ]);
  });

  it('A-026 a value with quotes and markup is sent as JSON that parses back and is inert in a page', async () => {
    const value = 'He said "hi" & <html></script>';
    const { request } = await end(
      { url: url('/a-026'), payload_template: { note: '{{contact.note}}' } },
      { contact: { note: value } },
    );
    const call = story.receiver.seen.find((one) => one.header('webhook-id') === request.executionId);
    const body = call?.body.toString() ?? '';
    expect(JSON.parse(body)).toEqual({ note: value });
    expect(body).not.toMatch(/[<>&]/);
    expect(body).toContain('\\u003chtml\\u003e');
  });
});

describe('real endpoints', () => {
  it('F03, F06, F08: an unsolicited 100, a charset other than UTF-8 and a compressed body are read', async () => {
    const latin1 = Buffer.from('{"name":"Jos\u00e9"}', 'latin1');
    const head = (status: string, fields: string): string => `HTTP/1.1 ${status}\r\n${fields}\r\n`;
    const type = `content-type: application/json; charset=ISO-8859-1\r\ncontent-length: ${latin1.length}\r\n`;
    const raw = head('100 Continue', '') + head('200 OK', type) + latin1.toString('latin1');
    story.receiver.script('/f03', { raw: Buffer.from(raw, 'latin1') });
    const zipped = { headers: { 'content-encoding': 'gzip' }, body: gzipSync('{"name":"José"}') };
    story.receiver.script('/f08', zipped);
    for (const path of ['/f03', '/f08']) {
      const { completed, attempts } = await end({
        url: url(path),
        response_mapping: { full_name: '$.name' },
      });
      expect(completed).toMatchObject({ status: 'success', responseBody: '{"name":"José"}' });
      expect(completed.mappedFields).toEqual({ full_name: '"José"' });
      expect(attempts[0]?.request?.headers['accept-encoding']).toBe('identity');
    }
  });

  it('F07: bytes that are not text are a mapping error', async () => {
    story.receiver.script('/f07', { body: Buffer.from('7b226964223a2261fffe62227d', 'hex') });
    const { completed } = await end({ url: url('/f07'), response_mapping: { x: '$.id' } });
    expect(completed).toMatchObject({
      status: 'success',
      mappedFields: {},
      mappingErrors: { x: 'response_undecodable' },
    });
  });

  it('F23: a response that is cut off shows its status and the part that was read', async () => {
    story.receiver.script('/f23', { raw: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf' });
    const { request, completed } = await end({ url: url('/f23'), retry_enabled: false });
    expect(completed).toMatchObject({
      status: 'error',
      errorType: 'network_error',
      errorMessage: 'Webhook endpoint closed the connection before its response was complete',
      responseStatus: 200,
    });
    const shown = await story.account.execution(request.executionId, 'error');
    expect(shown['attempts']).toMatchObject([
      { error_type: 'network_error', response: { status: 200, body_bytes: 10, body_bytes_read: 4 } },
    ]);
  });

  it('F13: a GET whose kept-alive connection is reset is sent again, as a recorded attempt', async () => {
    story.receiver.script('/f13', [{ status: 200 }, 'reset', { status: 200 }]);
    const definition = { url: url('/f13'), method: 'GET', retry_enabled: false };
    expect((await end(definition)).completed).toMatchObject({ status: 'success', attempts: 1 });
    const { completed, attempts } = await end(definition);
    expect(completed).toMatchObject({ status: 'success', attempts: 2 });
    expect(attempts).toMatchObject([
      { attempt: 1, status: 'error', errorType: 'network_error' },
      { attempt: 2, status: 'success' },
    ]);
  });
});

describe('no response', () => {
  it('A-012 with three retries, a host that resets every connection gets four attempts, each a network error', async () => {
    story.receiver.script('/a-012', 'reset');
    const { completed, attempts } = await end({ url: url('/a-012'), retry_max_attempts: 3 });
    expect(completed).toMatchObject({ status: 'error', errorType: 'network_error', attempts: 4 });
    expect(attempts.map(({ attempt, errorType }) => [attempt, errorType])).toEqual(
      [1, 2, 3, 4].map((attempt) => [attempt, 'network_error']),
    );
  });

  it('A-031 a name that does not resolve is a network error with that reason, and is retried', async () => {
    dns.zone['hooks.example.com'] = { a: ['93.184.216.34'] };
    const { account, hookline } = story;
    const actionId = await account.createAction({
      url: 'https://hooks.example.com/in',
      method: 'POST',
      retry_max_attempts: 1,
    });
    dns.zone['hooks.example.com'] = 'nxdomain';
    const request = await hookline.engine.request({ accountId: account.id, actionId });
    const completed = await hookline.outcome(request);
    expect(completed).toMatchObject({ status: 'error', errorType: 'network_error', attempts: 2 });
    expect(completed.errorMessage).toContain('DNS resolution failed');
  });
});

describe('store_bodies', () => {
  it('R-018 with the value none, history keeps sizes but no bodies, and the outcome contains the body', async () => {
    story.receiver.script('/no-bodies', { status: 200, body: 'terces' });
    const { completed, attempts } = await end({
      url: url('/no-bodies'),
      payload_template: { a: 1 },
      store_bodies: 'none',
    });
    expect(completed.responseBody).toBe('terces');
    expect(attempts).toMatchObject([
      { request: { body: null, bodyBytes: 7 }, response: { body: null, bodyBytes: 6, status: 200 } },
    ]);
  });
});

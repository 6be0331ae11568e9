import { setTimeout as sleep } from 'node:timers/promises';
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
  // They are written before the outcome, but to another topic, so the probe may read them after it.
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
      // Long enough that even a machine that pauses has sent the request.
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
    // At least as long as the endpoint took, whose timer may fire a millisecond early, and below the timeout.
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

  it('A-018 several mappings are all applied, and each is logged separately', async () => {
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
    const isMapping = ({ executionId, target }: LogLine): boolean =>
      executionId === request.executionId && target !== undefined;
    const lines = await story.hookline.logs.matching(4, isMapping);
    expect(lines).toHaveLength(4);
    expect(Object.fromEntries(lines.map(({ target, error }) => [target, error]))).toEqual({
      external_id: null,
      'contact.custom_fields.score': null,
      'workflow.tags': null,
      'workflow.missing': 'no_match',
    });
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

describe('no response', () => {
  it('A-012 an unreachable host with three retries gets four attempts, each a network error', async () => {
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
  it('R-018 none: history keeps sizes but no bodies, the outcome has the body', async () => {
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

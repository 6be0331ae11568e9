import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { createLogger } from '@hookline/shared/runtime/logger';
import { aWebhookDefinition, anAccountSettings } from '@hookline/testkit/builders';
import type { Caller } from '@hookline/webhook-call/call/caller';
import { createDataKey, parseKeyring } from '@hookline/credentials/keyring';
import { seal } from '@hookline/credentials/sealed-value';
import { parseAllowList } from '@hookline/destination-guard/allow-list';
import { createDestinationGuard } from '@hookline/destination-guard/destination-guard';
import { evaluationsOnLoop } from '@hookline/webhook-call/testing/evaluations-on-loop';
import { NO_TOKENS } from '@hookline/webhook-call/testing/no-tokens';
import { noteSources } from '../http/body-source.ts';
import { createMakeTestCall, type MakeTestCall } from './make-test-call.ts';

type Call = Caller['call'];

const keyring = parseKeyring(`k1:${randomBytes(32).toString('base64')}`);
const TIMED_OUT: Awaited<ReturnType<Call>> = {
  kind: 'failed',
  failure: 'timeout',
  detail: 'x',
  reason: null,
  received: null,
  keptConnectionClosed: false,
  durationMs: 30_000,
};

interface TestCallSetup {
  makeTestCall: MakeTestCall;
  calls: { request: Parameters<Call>[0]; options: Parameters<Call>[1] }[];
  /** Number of permits in use. */
  open: () => number;
}

/** Builds the use case for one stored action, whose call times out, or throws if `breaks` is set. */
function testCallOf(
  definition: WebhookDefinition,
  { breaks = false, suspended = false, destinationOnly = false } = {},
): TestCallSetup {
  const { accountId } = definition;
  const accountKey = createDataKey(keyring, accountId, Date.now());
  const bind = { accountId, actionId: definition.actionId, field: 'auth' } as const;
  const sealed = seal(keyring, accountKey, Buffer.from('{"token":"tok_123456"}'), bind);
  const auth = { type: 'bearer', headerName: null, settings: {}, sealed } as const;
  const action = { definition: { ...definition, auth }, createdAt: 0, externalId: null };
  const calls: TestCallSetup['calls'] = [];
  let open = 0;
  const makeTestCall = createMakeTestCall(
    {
      actions: {
        get: () => Promise.resolve(action),
        unsaved: () => Promise.resolve({ action, isNew: true, newSecret: null, secretWarnings: [] }),
      },
      drafts: {
        asPublished: () => Promise.reject(new Error('this test has no draft')),
        workflowOf: () => Promise.resolve(null),
      },
      store: { workflowOf: () => Promise.resolve(definition.workflowId) },
      accounts: {
        keys: () => Promise.resolve([accountKey]),
        settings: () => Promise.resolve(anAccountSettings({ accountId, suspended })),
      },
      keyring,
      quota: {
        take: () => {
          open += 1;
          return Promise.resolve({
            kind: 'permit',
            end: () => {
              open -= 1;
              return Promise.resolve();
            },
          });
        },
      },
      caller: {
        call: (request, options) => {
          calls.push({ request, options });
          return breaks ? Promise.reject(new Error('broken')) : Promise.resolve(TIMED_OUT);
        },
      },
      tokens: NO_TOKENS,
      audit: { record: () => Promise.resolve() },
      evaluations: evaluationsOnLoop({ guard: createDestinationGuard(parseAllowList('')) }),
      logger: createLogger('test', 'info', { write: () => undefined }),
    },
    { destinationOnly },
  );
  return { makeTestCall, calls, open: () => open };
}

const stored = (): WebhookDefinition => aWebhookDefinition({ url: 'https://hooks.example.com/in' });
const submission = { body: { action_id: randomUUID() }, shapeErrors: [] };

describe('makeTestCall', () => {
  test.each([
    [120_000, 30_000, ['A test call waits for at most 30 s; the timeout of the definition is longer.']],
    [30_000, 30_000, []],
    [2_000, 2_000, []],
  ])('limits a call with a timeout of %i ms to %i ms', async (timeoutMs, bound, warnings) => {
    const definition = { ...stored(), timeoutMs };
    const { makeTestCall, calls } = testCallOf(definition);
    const result = await makeTestCall('acct_1', submission);
    const { accountId } = definition;
    expect(calls.map(({ options }) => options)).toEqual([{ accountId, timeoutMs: bound, sslVerify: true }]);
    expect(result).toMatchObject({
      success: false,
      error_type: 'timeout_error',
      response_time: 30_000,
      warnings,
    });
  });

  test('opens the credential for the call and masks it in the result', async () => {
    const { makeTestCall, calls } = testCallOf(stored());
    const result = await makeTestCall('acct_1', submission);
    expect(calls[0]?.request.headers).toContainEqual(
      expect.objectContaining({ name: 'Authorization', value: 'Bearer tok_123456' }),
    );
    expect(JSON.stringify(result)).not.toContain('tok_123456');
  });

  test('shows all digits of a large number in the sample data', async () => {
    const { makeTestCall } = testCallOf(stored());
    const body = { ...submission.body, sample_data: { contact: { id: 12345678901234567890n } } };
    const { sample_data } = await makeTestCall('acct_1', { ...submission, body });
    expect(JSON.stringify(sample_data)).toContain('"id":12345678901234567890,');
  });

  test('shows the numbers of the sample data as they were written in the body', async () => {
    const { makeTestCall } = testCallOf(stored());
    const text = `{"action_id":"${randomUUID()}","sample_data":{"contact":{"price":1.50}}}`;
    const body: unknown = JSON.parse(text);
    noteSources(text, body);
    const { sample_data } = await makeTestCall('acct_1', { body, shapeErrors: [] });
    expect(JSON.stringify(sample_data)).toContain('"price":1.50');
  });

  test('frees the permit, even if the call throws', async () => {
    const works = testCallOf(stored());
    await works.makeTestCall('acct_1', submission);
    const breaks = testCallOf(stored(), { breaks: true });
    await expect(breaks.makeTestCall('acct_1', submission)).rejects.toThrow('broken');
    expect([works.open(), breaks.open()]).toEqual([0, 0]);
  });

  test('fails with a 503 that does not mention keys if a secret cannot be opened at the moment', async () => {
    const { makeTestCall, calls, open } = testCallOf(stored(), { destinationOnly: true });
    const refused = makeTestCall('acct_1', submission);
    await expect(refused).rejects.toMatchObject({
      status: 503,
      code: 'secret_unavailable',
      headers: { 'retry-after': '60' },
      message: expect.not.stringMatching(/HOOKLINE|key|format/),
    });
    expect([calls.length, open()]).toEqual([0, 0]);
  });

  test('does not make a call for a suspended account', async () => {
    const { makeTestCall, calls } = testCallOf(stored(), { suspended: true });
    await expect(makeTestCall('acct_1', submission)).rejects.toMatchObject({ status: 409 });
    expect(calls).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { executionIdOf } from './execution-id.ts';
import { InvalidStepError, type WebhookStep, webhookRequest } from './webhook-step.ts';

const HOUR_MS = 3_600_000;
const now = 1_000_000;
const step: WebhookStep = {
  accountId: 'account_1',
  workflowId: 'welcome',
  actionId: 'action_1',
  workflowExecutionId: 'run_1',
  stepId: 'notify',
  iteration: 2,
  context: { contact: { email: 'jane@example.com' } },
};

describe('webhookRequest', () => {
  it('contains the ids of the run and the step, and the context as JSON', () => {
    expect(webhookRequest(step, now)).toEqual({
      executionId: executionIdOf(step),
      accountId: 'account_1',
      workflowId: 'welcome',
      actionId: 'action_1',
      workflowExecutionId: 'run_1',
      stepId: 'notify',
      context: '{"contact":{"email":"jane@example.com"}}',
      metadata: {},
      requestedAt: now,
      notBefore: null,
      expiresAt: now + 72 * HOUR_MS,
      retryPolicy: null,
      retrySchedule: null,
      replayOf: null,
      definitionSnapshot: null,
    });
  });

  it('R-007: expires 72 h after the call is due, unless the step sets expiresAt', () => {
    const later = now + 5 * HOUR_MS;
    expect(webhookRequest({ ...step, notBefore: later }, now).expiresAt).toBe(later + 72 * HOUR_MS);
    expect(webhookRequest({ ...step, notBefore: 5 }, now).expiresAt).toBe(now + 72 * HOUR_MS);
    expect(webhookRequest({ ...step, expiresAt: later }, now).expiresAt).toBe(later);
  });

  it.each(['', 'a'.repeat(201)])(
    'rejects an accountId that cannot be part of an identity: %j',
    (accountId) => {
      expect(() => webhookRequest({ ...step, accountId }, now)).toThrow(InvalidStepError);
    },
  );

  it.each([
    ['notBefore', { notBefore: NaN }],
    ['notBefore', { notBefore: 1_795_898_547_000_000 }],
    ['expiresAt', { expiresAt: Infinity }],
    ['expiresAt', { expiresAt: 1.5 }],
    ['retryPolicy.maxRetries', { retryPolicy: { maxRetries: 6, baseMs: 1, factor: 1 } }],
    ['retryPolicy.baseMs', { retryPolicy: { maxRetries: 5, baseMs: 3_600_001, factor: 1 } }],
    ['retryPolicy.factor', { retryPolicy: { maxRetries: 5, baseMs: 1, factor: NaN } }],
    ['number of waits in retrySchedule', { retrySchedule: [] }],
    ['retrySchedule[1]', { retrySchedule: [1, 86_400_001] }],
  ])('rejects a request whose %s is out of range', (name, numbers) => {
    expect(() => webhookRequest({ ...step, ...numbers }, now)).toThrow(
      expect.objectContaining({
        name: 'InvalidStepError',
        message: expect.stringContaining(`${name} must be `),
      }),
    );
  });
});

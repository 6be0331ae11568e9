import type { EventName, Events } from '@hookline/shared/contracts/events';
import {
  aDeadLetter,
  anAccountKey,
  anAccountSettings,
  anAttemptDue,
  anExecutionCommand,
  aWebhookAttempt,
  aWebhookCompleted,
  aWebhookDefinition,
  aWebhookRequested,
} from './builders.ts';

const NOW = 1_767_225_600_123;
const DAY_MS = 86_400_000;

/**
 * Creates one event of each kind with every field set: no field is null, and no map or array is empty. A test that uses
 * these events covers every field.
 */
export function fullEvents(): Events {
  const request = aWebhookRequested({
    metadata: { origin: 'test', snow: '☃' },
    notBefore: NOW,
    expiresAt: NOW + DAY_MS,
    retryPolicy: { maxRetries: 5, baseMs: 250, factor: 1.5 },
    retrySchedule: [60_000, 3_600_000, 43_200_000],
    replayOf: '01977b0e-0000-7000-8000-000000000001',
    definitionSnapshot: Buffer.from('snapshot'),
  });
  return {
    WebhookRequested: request,
    WebhookDefinition: aWebhookDefinition({
      headers: { 'X-Account': '{{account.id}}' },
      auth: {
        type: 'api_key',
        headerName: 'X-Key',
        settings: { scope: 'read' },
        sealed: Buffer.from([0, 1, 255]),
      },
      responseMapping: { external_id: '$.data.id' },
      endpointRateLimit: 2.5,
      signing: { sealedSecrets: [Buffer.from('new'), Buffer.from('old')], graceUntil: NOW },
      retrySchedule: [1, 86_400_000],
      retryOn: '408, 5xx',
      successOn: '200-299, 409',
      followRedirects: true,
      resendOnReset: true,
      headerEncoding: 'utf8',
    }),
    AccountKey: anAccountKey(),
    AccountSettings: anAccountSettings({
      ratePerSecond: 0.5,
      burst: 10,
      pausedEndpoints: ['https://endpoint.invalid/hook'],
      maxStoredBytesPerDay: 50_000_000_000,
    }),
    ExecutionCommand: anExecutionCommand({
      reason: 'no longer wanted',
      execution: {
        workflowId: 'workflow_1',
        actionId: 'action_1',
        workflowExecutionId: 'run_1',
        stepId: 'step_1',
        metadata: { tenant: 'one' },
        replayOf: 'execution_0',
        requestedAt: NOW,
        acceptedAt: NOW + 10,
        attempts: 2,
        unfinishedAt: NOW + 5_000,
      },
      endpoint: 'https://endpoint.invalid/hook',
    }),
    AttemptDue: anAttemptDue({ request }),
    WebhookAttempt: aWebhookAttempt({
      status: 'error',
      errorType: 'server_error',
      errorMessage: 'Webhook endpoint server error',
      queuePosition: 3,
      nextAttemptAt: NOW + 5_000,
      redirects: [{ status: 302, method: 'GET', url: 'https://other.endpoint.invalid/hook', durationMs: 12 }],
    }),
    WebhookCompleted: aWebhookCompleted({
      status: 'error',
      errorType: 'client_error',
      errorMessage: 'Webhook endpoint not found',
      mappedFields: { external_id: '"ext_123"' },
      mappingErrors: { email: 'no match' },
      replayOf: '01977b0e-0000-7000-8000-000000000001',
    }),
    DeadLetter: aDeadLetter({ offset: 2 ** 53 - 2 }),
  };
}

/** Returns `fullEvents` as pairs, for `it.each`. */
export function eachFullEvent(): [EventName, Events[EventName]][] {
  return Object.entries(fullEvents()) as [EventName, Events[EventName]][];
}

import { randomUUID } from 'node:crypto';
import { DELIVERY_DEFAULTS } from '@hookline/shared/contracts/delivery-choices';
import type {
  AccountKey,
  AccountSettings,
  AttemptDue,
  DeadLetter,
  ExecutionCommand,
  WebhookAttempt,
  WebhookCompleted,
  WebhookDefinition,
  WebhookRequested,
} from '@hookline/shared/contracts/events';

/**
 * Builders of complete, valid events. Each call creates new ids, and a test overrides only the fields that matter to
 * it. Times are close to now.
 */

const DAY_MS = 86_400_000;

/** The context from the examples in docs/design/requirements.md. */
export const SAMPLE_CONTEXT = {
  contact: {
    id: 'contact_1',
    email: 'john@example.com',
    first_name: 'John',
    last_name: 'Doe',
    custom_fields: { plan: 'gold' },
  },
  workflow: { id: 'workflow_1', name: 'Welcome' },
  execution: { id: 'workflow_execution_1' },
  account: { id: 'account_1', name: 'Example' },
};

export function aWebhookRequested(overrides: Partial<WebhookRequested> = {}): WebhookRequested {
  return {
    executionId: randomUUID(),
    accountId: `account_${randomUUID()}`,
    workflowId: 'workflow_1',
    actionId: randomUUID(),
    workflowExecutionId: 'workflow_execution_1',
    stepId: 'step_1',
    context: JSON.stringify(SAMPLE_CONTEXT),
    metadata: { origin: 'test' },
    requestedAt: Date.now(),
    notBefore: null,
    expiresAt: null,
    retryPolicy: null,
    retrySchedule: null,
    replayOf: null,
    definitionSnapshot: null,
    ...overrides,
  };
}

/**
 * Creates a definition that POSTs the contact's email to a host that does not exist; override `url` with that of a
 * receiver.
 */
export function aWebhookDefinition(overrides: Partial<WebhookDefinition> = {}): WebhookDefinition {
  return {
    actionId: randomUUID(),
    accountId: `account_${randomUUID()}`,
    workflowId: 'workflow_1',
    version: 1,
    deleted: false,
    enabled: true,
    url: 'https://endpoint.invalid/hook',
    method: 'POST',
    headers: {},
    payloadTemplate: '{"contact_email":"{{contact.email}}","event":"workflow_triggered"}',
    auth: { type: 'none', headerName: null, settings: {}, sealed: null },
    timeoutMs: 30_000,
    retryEnabled: true,
    retryMaxAttempts: 3,
    sslVerify: true,
    responseMapping: {},
    endpointRateLimit: null,
    contentKind: 'json',
    signing: null,
    paused: false,
    storeBodies: true,
    ...DELIVERY_DEFAULTS,
    updatedAt: Date.now(),
    ...overrides,
  };
}

export function anAccountKey(overrides: Partial<AccountKey> = {}): AccountKey {
  return {
    accountId: `account_${randomUUID()}`,
    dekId: randomUUID(),
    kekId: 'master_1',
    wrapped: Buffer.from('not a real wrapped key'),
    state: 'active',
    createdAt: Date.now(),
    ...overrides,
  };
}

export function anAccountSettings(overrides: Partial<AccountSettings> = {}): AccountSettings {
  return {
    accountId: `account_${randomUUID()}`,
    maxInFlight: 100,
    maxInFlightPerEndpoint: 10,
    ownMaxInFlight: true,
    ownMaxInFlightPerEndpoint: true,
    ratePerSecond: null,
    burst: null,
    pausedEndpoints: [],
    suspended: false,
    maxStoredBytesPerDay: null,
    updatedAt: Date.now(),
    ...overrides,
  };
}

export function anExecutionCommand(overrides: Partial<ExecutionCommand> = {}): ExecutionCommand {
  const issuedAt = Date.now();
  return {
    accountId: `account_${randomUUID()}`,
    executionId: randomUUID(),
    kind: 'cancel',
    reason: null,
    issuedAt,
    expiresAt: issuedAt + 3 * DAY_MS,
    execution: null,
    endpoint: null,
    ...overrides,
  };
}

/** Creates the first retry of a request, due in 5 s. */
export function anAttemptDue(overrides: Partial<AttemptDue> = {}): AttemptDue {
  const request = overrides.request ?? aWebhookRequested();
  const acceptedAt = overrides.acceptedAt ?? request.requestedAt;
  return {
    request,
    acceptedAt,
    expiresAt: acceptedAt + 3 * DAY_MS,
    attempt: 2,
    dueAt: acceptedAt + 5_000,
    reason: 'retry',
    deferrals: 0,
    firstAttemptAt: acceptedAt,
    ...overrides,
  };
}

/** Creates a successful first attempt. */
export function aWebhookAttempt(overrides: Partial<WebhookAttempt> = {}): WebhookAttempt {
  const acceptedAt = overrides.acceptedAt ?? Date.now();
  return {
    executionId: randomUUID(),
    accountId: `account_${randomUUID()}`,
    workflowId: 'workflow_1',
    actionId: randomUUID(),
    workflowExecutionId: 'workflow_execution_1',
    definitionVersion: 1,
    attempt: 1,
    status: 'success',
    errorType: null,
    errorMessage: null,
    request: {
      url: 'https://endpoint.invalid/hook',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
      bodyBytes: 7,
      bodySha256: '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862',
    },
    response: {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"ok":true}',
      bodyBytes: 11,
      bodyBytesRead: 11,
      truncated: false,
    },
    queuedMs: 2,
    queuePosition: null,
    requestedAt: acceptedAt,
    acceptedAt,
    startedAt: acceptedAt + 2,
    durationMs: 40,
    nextAttemptAt: null,
    redirects: [],
    endpoint: 'https://endpoint.invalid/hook',
    ...overrides,
  };
}

/** Creates the outcome of an execution whose first attempt succeeded. */
export function aWebhookCompleted(overrides: Partial<WebhookCompleted> = {}): WebhookCompleted {
  const acceptedAt = overrides.acceptedAt ?? Date.now();
  return {
    executionId: randomUUID(),
    accountId: `account_${randomUUID()}`,
    workflowId: 'workflow_1',
    actionId: randomUUID(),
    workflowExecutionId: 'workflow_execution_1',
    stepId: 'step_1',
    metadata: { origin: 'test' },
    status: 'success',
    attempts: 1,
    errorType: null,
    errorMessage: null,
    responseStatus: 200,
    responseHeaders: { 'content-type': 'application/json' },
    responseBody: '{"ok":true}',
    responseTruncated: false,
    mappedFields: {},
    mappingErrors: {},
    requestedAt: acceptedAt,
    acceptedAt,
    completedAt: acceptedAt + 42,
    replayOf: null,
    ...overrides,
  };
}

export function aDeadLetter(overrides: Partial<DeadLetter> = {}): DeadLetter {
  const value = overrides.value === undefined ? Buffer.from('not an event') : overrides.value;
  return {
    topic: 'webhook.requested',
    partition: 0,
    offset: 0,
    key: Buffer.from('account_1'),
    value,
    valueBytes: value?.length ?? 0,
    error: 'not an Avro single-object record',
    failedAt: Date.now(),
    reason: 'undecodable',
    accountId: 'account_1',
    executionId: 'e6b0d1f4-4c9e-4d6e-9d53-0a4c3c4d7a10',
    ...overrides,
  };
}

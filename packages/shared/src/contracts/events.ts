/**
 * TypeScript types of Hookline's events: one interface per Avro schema in `packages/shared/avro`, with the same names
 * and fields. Times are epoch milliseconds (`timestamp-millis`), byte fields are Buffers, and a nullable Avro field is
 * `T | null`. The `doc` of the schema describes each field.
 */

import type { AuthType } from './authentication/kinds.ts';

export type ExecutionStatus = 'success' | 'error' | 'timeout' | 'cancelled';
export type AttemptStatus = 'success' | 'error' | 'timeout';
export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];
/** Determines how a payload template is read, escaped and sent (ADR 9). */
export type ContentKind = 'json' | 'form' | 'text' | 'html' | 'xml' | 'none';
export type WaitReason =
  | 'retry'
  | 'rate_limited'
  | 'circuit_open'
  | 'overflow'
  | 'not_before'
  | 'paused'
  | 'unknown_definition'
  | 'secret_unavailable'
  | 'misrouted';

/** Encodings of characters beyond ASCII in header values: percent-encoded UTF-8, or UTF-8 bytes. */
export const HEADER_ENCODINGS = ['percent', 'utf8'] as const;
export type HeaderEncoding = (typeof HEADER_ENCODINGS)[number];

export interface RetryPolicyOverride {
  maxRetries: number;
  baseMs: number;
  factor: number;
}

export interface WebhookRequested {
  executionId: string;
  accountId: string;
  workflowId: string;
  actionId: string;
  workflowExecutionId: string | null;
  stepId: string | null;
  context: string;
  metadata: Record<string, string>;
  requestedAt: number;
  notBefore: number | null;
  expiresAt: number | null;
  retryPolicy: RetryPolicyOverride | null;
  retrySchedule: number[] | null;
  replayOf: string | null;
  /** A WebhookDefinition in single-object encoding, without secrets. */
  definitionSnapshot: Buffer | null;
}

export interface DefinitionAuth {
  type: AuthType;
  headerName: string | null;
  settings: Record<string, string>;
  sealed: Buffer | null;
}

export interface DefinitionSigning {
  sealedSecrets: Buffer[];
  graceUntil: number | null;
}

export interface WebhookDefinition {
  actionId: string;
  accountId: string;
  workflowId: string;
  version: number;
  deleted: boolean;
  enabled: boolean;
  url: string;
  method: HttpMethod;
  headers: Record<string, string>;
  payloadTemplate: string | null;
  auth: DefinitionAuth;
  timeoutMs: number;
  retryEnabled: boolean;
  retryMaxAttempts: number;
  sslVerify: boolean;
  responseMapping: Record<string, string>;
  endpointRateLimit: number | null;
  contentKind: ContentKind;
  signing: DefinitionSigning | null;
  paused: boolean;
  storeBodies: boolean;
  retrySchedule: number[] | null;
  retryOn: string | null;
  successOn: string | null;
  followRedirects: boolean;
  resendOnReset: boolean;
  headerEncoding: HeaderEncoding;
  updatedAt: number;
}

export interface AccountKey {
  accountId: string;
  dekId: string;
  kekId: string;
  wrapped: Buffer;
  state: 'active' | 'decrypt_only';
  createdAt: number;
}

export interface AccountSettings {
  accountId: string;
  maxInFlight: number;
  maxInFlightPerEndpoint: number;
  ownMaxInFlight: boolean;
  ownMaxInFlightPerEndpoint: boolean;
  ratePerSecond: number | null;
  burst: number | null;
  pausedEndpoints: string[];
  suspended: boolean;
  /**
   * Maximum number of bytes of requests that are accepted in a day (UTC); null applies the dispatcher's own setting.
   */
  maxStoredBytesPerDay: number | null;
  updatedAt: number;
}

export interface UnfinishedExecution {
  workflowId: string;
  actionId: string;
  workflowExecutionId: string | null;
  stepId: string | null;
  metadata: Record<string, string>;
  replayOf: string | null;
  requestedAt: number;
  acceptedAt: number;
  attempts: number;
  unfinishedAt: number;
}

export interface ExecutionCommand {
  accountId: string;
  executionId: string;
  kind: 'cancel' | 'reset_circuit';
  reason: string | null;
  issuedAt: number;
  expiresAt: number;
  execution: UnfinishedExecution | null;
  endpoint: string | null;
}

export interface AttemptDue {
  request: WebhookRequested;
  acceptedAt: number;
  expiresAt: number;
  attempt: number;
  dueAt: number;
  reason: WaitReason;
  deferrals: number;
  firstAttemptAt: number | null;
}

export interface AttemptRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | null;
  bodyBytes: number;
  bodySha256: string | null;
}

export interface AttemptResponse {
  status: number;
  headers: Record<string, string>;
  body: string | null;
  bodyBytes: number | null;
  bodyBytesRead: number;
  truncated: boolean;
}

/** A redirect that was followed within an attempt. */
export interface AttemptRedirect {
  status: number;
  method: string;
  url: string;
  durationMs: number;
}

export interface WebhookAttempt {
  executionId: string;
  accountId: string;
  workflowId: string;
  actionId: string;
  workflowExecutionId: string | null;
  definitionVersion: number;
  attempt: number;
  status: AttemptStatus;
  errorType: string | null;
  errorMessage: string | null;
  request: AttemptRequest | null;
  response: AttemptResponse | null;
  queuedMs: number;
  queuePosition: number | null;
  requestedAt: number;
  acceptedAt: number;
  startedAt: number;
  durationMs: number;
  nextAttemptAt: number | null;
  redirects: AttemptRedirect[];
  /**
   * Name of the endpoint that was called, in the form that limits and pauses use; null in records of earlier releases.
   */
  endpoint: string | null;
}

export interface WebhookCompleted {
  executionId: string;
  accountId: string;
  workflowId: string;
  actionId: string;
  workflowExecutionId: string | null;
  stepId: string | null;
  metadata: Record<string, string>;
  status: ExecutionStatus;
  attempts: number;
  errorType: string | null;
  errorMessage: string | null;
  responseStatus: number | null;
  responseHeaders: Record<string, string>;
  responseBody: string | null;
  responseTruncated: boolean;
  mappedFields: Record<string, string>;
  mappingErrors: Record<string, string>;
  requestedAt: number;
  acceptedAt: number;
  completedAt: number;
  replayOf: string | null;
}

export interface DeadLetter {
  topic: string;
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  valueBytes: number;
  error: string;
  failedAt: number;
  /** A `DeadLetterReason`, typed as a string because a newer release may write other reasons. */
  reason: string;
  /** Identifies, with `executionId`, the execution that the record belongs to; null if it cannot be read. */
  accountId: string | null;
  executionId: string | null;
}

/** Every event, by the name of its Avro record. */
export interface Events {
  WebhookRequested: WebhookRequested;
  WebhookDefinition: WebhookDefinition;
  AccountKey: AccountKey;
  AccountSettings: AccountSettings;
  ExecutionCommand: ExecutionCommand;
  AttemptDue: AttemptDue;
  WebhookAttempt: WebhookAttempt;
  WebhookCompleted: WebhookCompleted;
  DeadLetter: DeadLetter;
}

export type EventName = keyof Events;

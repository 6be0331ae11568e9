import type { AuthType } from '@hookline/shared/contracts/authentication/kinds';
import type { ContentKind, HeaderEncoding, HttpMethod } from '@hookline/shared/contracts/events';
import type { Scope } from '@hookline/shared/contracts/rest/api-keys';
import { EntitySchema, type ValueTransformer } from 'typeorm';

/**
 * TypeORM entities of the configuration tables. Their DDL is only in packages/database; nothing here creates tables.
 */

interface AccountRow {
  id: string;
  name: string;
  createdAt: Date;
}

export interface ApiKeyRow {
  id: string;
  accountId: string | null;
  keyHash: Buffer;
  name: string;
  scopes: Scope[];
  createdAt: Date;
  revokedAt: Date | null;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

export interface AccountKeyRow {
  accountId: string;
  dekId: string;
  kekId: string;
  wrapped: Buffer;
  state: 'active' | 'decrypt_only';
  createdAt: Date;
}

export interface AccountSettingsRow {
  accountId: string;
  maxInFlight: number | null;
  maxInFlightPerEndpoint: number | null;
  ratePerSecond: number | null;
  burst: number | null;
  pausedEndpoints: string[];
  suspended: boolean;
  maxStoredBytesPerDay: number | null;
  updatedAt: Date;
}

export interface AccountQuotasRow {
  accountId: string;
  maxActions: number | null;
  maxDefinitionBytes: number | null;
  maxApiKeys: number | null;
  apiRequestsPerSecond: number | null;
  definitionChangesPerSecond: number | null;
  executionsPerSecond: number | null;
}

/**
 * Columns of a definition that the customer configures. The tables of published definitions, versions and drafts all
 * have these columns.
 */
export interface ConfiguredRow {
  actionId: string;
  accountId: string;
  workflowId: string;
  enabled: boolean;
  url: string;
  method: HttpMethod;
  headers: Record<string, string>;
  payloadTemplate: string | null;
  contentKind: ContentKind;
  authType: AuthType;
  authHeaderName: string | null;
  authSettings: Record<string, string>;
  timeoutMs: number;
  retryEnabled: boolean;
  retryMaxAttempts: number;
  sslVerify: boolean;
  responseMapping: Record<string, string>;
  endpointRateLimit: number | null;
  storeBodies: boolean;
  retrySchedule: number[] | null;
  retryOn: string | null;
  successOn: string | null;
  followRedirects: boolean;
  resendOnReset: boolean;
  headerEncoding: HeaderEncoding;
}

/** Columns that a stored version does not have. */
export interface SealedRow {
  externalId: string | null;
  authSealed: Buffer | null;
  signingSealedSecrets: Buffer[] | null;
  signingGraceUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface DefinitionRow extends ConfiguredRow, SealedRow {
  version: number;
  paused: boolean;
  deletedAt: Date | null;
}

interface OutboxRow {
  topic: string;
  accountId: string;
  recordKey: string;
  value: Buffer | null;
  availableAt: Date;
}

/** `pg` returns bigint as text; these values stay far below 2^53. */
export const safeInteger: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

export const time = (name: string) => ({ name, type: 'timestamptz' as const });

export const accountEntity = new EntitySchema<AccountRow>({
  name: 'account',
  tableName: 'accounts',
  columns: { id: { type: 'text', primary: true }, name: { type: 'text' }, createdAt: time('created_at') },
});

export const apiKeyEntity = new EntitySchema<ApiKeyRow>({
  name: 'api_key',
  tableName: 'api_keys',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { name: 'account_id', type: 'text', nullable: true },
    keyHash: { name: 'key_hash', type: 'bytea' },
    name: { type: 'text' },
    scopes: { type: 'text', array: true },
    createdAt: time('created_at'),
    revokedAt: { ...time('revoked_at'), nullable: true },
    expiresAt: { ...time('expires_at'), nullable: true },
    lastUsedAt: { ...time('last_used_at'), nullable: true },
  },
});

export const accountKeyEntity = new EntitySchema<AccountKeyRow>({
  name: 'account_key',
  tableName: 'account_keys',
  columns: {
    accountId: { name: 'account_id', type: 'text', primary: true },
    dekId: { name: 'dek_id', type: 'text', primary: true },
    kekId: { name: 'kek_id', type: 'text' },
    wrapped: { type: 'bytea' },
    state: { type: 'text' },
    createdAt: time('created_at'),
  },
});

export const accountSettingsEntity = new EntitySchema<AccountSettingsRow>({
  name: 'account_settings',
  tableName: 'account_settings',
  columns: {
    accountId: { name: 'account_id', type: 'text', primary: true },
    maxInFlight: { name: 'max_in_flight', type: 'integer', nullable: true },
    maxInFlightPerEndpoint: { name: 'max_in_flight_per_endpoint', type: 'integer', nullable: true },
    ratePerSecond: { name: 'rate_per_second', type: 'double precision', nullable: true },
    burst: { type: 'integer', nullable: true },
    pausedEndpoints: { name: 'paused_endpoints', type: 'text', array: true },
    suspended: { type: 'boolean' },
    maxStoredBytesPerDay: {
      name: 'max_stored_bytes_per_day',
      type: 'bigint',
      nullable: true,
      transformer: safeInteger,
    },
    updatedAt: time('updated_at'),
  },
});

export const accountQuotasEntity = new EntitySchema<AccountQuotasRow>({
  name: 'account_quotas',
  tableName: 'account_quotas',
  columns: {
    accountId: { name: 'account_id', type: 'text', primary: true },
    maxActions: { name: 'max_actions', type: 'integer', nullable: true },
    maxDefinitionBytes: {
      name: 'max_definition_bytes',
      type: 'bigint',
      nullable: true,
      transformer: safeInteger,
    },
    maxApiKeys: { name: 'max_api_keys', type: 'integer', nullable: true },
    apiRequestsPerSecond: { name: 'api_requests_per_second', type: 'integer', nullable: true },
    definitionChangesPerSecond: { name: 'definition_changes_per_second', type: 'integer', nullable: true },
    executionsPerSecond: { name: 'executions_per_second', type: 'integer', nullable: true },
  },
});

export const configuredColumns = {
  accountId: { name: 'account_id', type: 'text' },
  workflowId: { name: 'workflow_id', type: 'text' },
  enabled: { type: 'boolean' },
  url: { type: 'text' },
  method: { type: 'text' },
  headers: { type: 'json' },
  payloadTemplate: { name: 'payload_template', type: 'text', nullable: true },
  contentKind: { name: 'content_kind', type: 'text' },
  authType: { name: 'auth_type', type: 'text' },
  authHeaderName: { name: 'auth_header_name', type: 'text', nullable: true },
  authSettings: { name: 'auth_settings', type: 'json' },
  timeoutMs: { name: 'timeout_ms', type: 'integer' },
  retryEnabled: { name: 'retry_enabled', type: 'boolean' },
  retryMaxAttempts: { name: 'retry_max_attempts', type: 'integer' },
  sslVerify: { name: 'ssl_verify', type: 'boolean' },
  responseMapping: { name: 'response_mapping', type: 'json' },
  endpointRateLimit: { name: 'endpoint_rate_limit', type: 'double precision', nullable: true },
  storeBodies: { name: 'store_bodies', type: 'boolean' },
  retrySchedule: { name: 'retry_schedule', type: 'integer', array: true, nullable: true },
  retryOn: { name: 'retry_on', type: 'text', nullable: true },
  successOn: { name: 'success_on', type: 'text', nullable: true },
  followRedirects: { name: 'follow_redirects', type: 'boolean' },
  resendOnReset: { name: 'resend_on_reset', type: 'boolean' },
  headerEncoding: { name: 'header_encoding', type: 'text' },
} as const;

export const sealedColumns = {
  externalId: { name: 'external_id', type: 'text', nullable: true },
  authSealed: { name: 'auth_sealed', type: 'bytea', nullable: true },
  signingSealedSecrets: { name: 'signing_sealed_secrets', type: 'bytea', array: true, nullable: true },
  signingGraceUntil: { ...time('signing_grace_until'), nullable: true },
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
} as const;

export const definitionEntity = new EntitySchema<DefinitionRow>({
  name: 'webhook_definition',
  tableName: 'webhook_definitions',
  columns: {
    ...configuredColumns,
    ...sealedColumns,
    actionId: { name: 'action_id', type: 'uuid', primary: true },
    version: { type: 'bigint', transformer: safeInteger },
    paused: { type: 'boolean' },
    deletedAt: { ...time('deleted_at'), nullable: true },
  },
});

/**
 * Rows are written with this entity; the relay reads and marks them. The database assigns the id, so it is not part of
 * `OutboxRow`.
 */
export const outboxEntity = new EntitySchema<OutboxRow & { id: string }>({
  name: 'outbox',
  tableName: 'outbox',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment' },
    topic: { type: 'text' },
    accountId: { name: 'account_id', type: 'text' },
    recordKey: { name: 'record_key', type: 'text' },
    value: { type: 'bytea', nullable: true },
    availableAt: time('available_at'),
  },
});

export const ENTITIES = [
  accountEntity,
  apiKeyEntity,
  accountKeyEntity,
  accountSettingsEntity,
  accountQuotasEntity,
  definitionEntity,
  outboxEntity,
];

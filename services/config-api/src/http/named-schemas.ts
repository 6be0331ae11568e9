import {
  Account,
  AccountList,
  AccountSettingsView as AccountSettings,
  CreateAccount,
  DeletedAccount,
  DeletedAccountList,
  PatchAccount,
  ReplaceAccountSettings,
} from '@hookline/shared/contracts/rest/accounts';
import { ApiKey, ApiKeyList, CreateApiKey, CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import { AuditEntryView as AuditEntry, AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import { AuthConfig, AuthView as Authentication } from '@hookline/shared/contracts/rest/auth-config';
import {
  BulkAnswer,
  BulkExecutions,
  BulkItem,
  CreateBulkExecutions,
} from '@hookline/shared/contracts/rest/bulk-executions';
import {
  AcceptedCancellation,
  CancelByFilter,
  CancelledByFilter,
} from '@hookline/shared/contracts/rest/cancellations';
import {
  ExecutionEvents,
  ExecutionStreamEnd,
  ExecutionStreamSample,
  ExecutionStreamStart,
} from '@hookline/shared/contracts/rest/execution-stream';
import {
  CreateReplayJob,
  ReplayedExecution,
  ReplayExecutionBody as ReplayExecution,
  ReplayItemList,
  ReplayJob,
  ReplayJobList,
} from '@hookline/shared/contracts/rest/replays';
import {
  DeadLetterDetail,
  DeadLetterList,
  DeadLetterView as DeadLetter,
  RedrivenDeadLetter,
} from '@hookline/shared/contracts/rest/dead-letters';
import { LedgerView as Ledger } from '@hookline/shared/contracts/rest/ledger';
import { FieldError } from '@hookline/shared/contracts/rest/problem';
import { CreatedPortalToken, CreatePortalToken } from '@hookline/shared/contracts/rest/portal-tokens';
import { PreviewWebhook, WebhookPreview } from '@hookline/shared/contracts/rest/previews';
import { RotateSigningSecret, SigningView as Signing } from '@hookline/shared/contracts/rest/signing';
import { TestCallInput, TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import {
  CreateWebhookAction,
  PatchWebhookAction,
  ReplaceWebhookAction,
  SavedWebhookAction,
  WebhookAction,
  WebhookActionList,
  WebhookActionSummary,
} from '@hookline/shared/contracts/rest/webhook-actions';
import { Usage, WebhookAnalytics } from '@hookline/shared/contracts/rest/webhook-analytics';
import {
  CopyWebhookAction,
  SavedWebhookDraft,
  WebhookDraft,
  WebhookDraftList,
} from '@hookline/shared/contracts/rest/webhook-drafts';
import {
  RestoreVersion as RestoreWebhookVersion,
  WebhookComparison,
  WebhookVersion,
  WebhookVersionList,
} from '@hookline/shared/contracts/rest/webhook-versions';
import {
  AcceptedReset,
  EndpointInput,
  EndpointPause,
  WebhookEndpoint,
  WebhookEndpointList,
} from '@hookline/shared/contracts/rest/webhook-endpoints';
import {
  AcceptedExecution,
  AttemptView as Attempt,
  CreateWebhookExecution,
  ExecutionFilter,
  ExecutionOutcome,
  WaitView as Wait,
  WebhookExecution,
  WebhookExecutionDetail,
  WebhookExecutionList,
} from '@hookline/shared/contracts/rest/webhook-executions';
import type { TSchema } from 'typebox';

/**
 * Names of the schemas in the OpenAPI document. Every body and every response must be listed here; a test demands it.
 * A released name must not change, because generated clients name their types after it.
 */
export const NAMED_SCHEMAS: Readonly<Record<string, TSchema>> = {
  FieldError,
  // Accounts and API keys
  Account,
  AccountList,
  AccountSettings,
  AuditEntry,
  AuditLog,
  CreateAccount,
  DeletedAccount,
  DeletedAccountList,
  PatchAccount,
  ReplaceAccountSettings,
  ApiKey,
  ApiKeyList,
  CreateApiKey,
  CreatedApiKey,
  CreatedPortalToken,
  CreatePortalToken,
  // Webhook actions
  AuthConfig,
  Authentication,
  CopyWebhookAction,
  CreateWebhookAction,
  PatchWebhookAction,
  PreviewWebhook,
  RestoreWebhookVersion,
  SavedWebhookDraft,
  WebhookComparison,
  WebhookDraft,
  WebhookDraftList,
  WebhookPreview,
  WebhookVersion,
  WebhookVersionList,
  ReplaceWebhookAction,
  RotateSigningSecret,
  SavedWebhookAction,
  Signing,
  TestCallInput,
  TestCallResult,
  WebhookAction,
  WebhookActionList,
  WebhookActionSummary,
  // Executions and endpoints
  AcceptedCancellation,
  AcceptedReset,
  BulkAnswer,
  BulkExecutions,
  BulkItem,
  CancelByFilter,
  CancelledByFilter,
  CreateBulkExecutions,
  CreateReplayJob,
  EndpointInput,
  EndpointPause,
  ExecutionFilter,
  ReplayedExecution,
  ReplayExecution,
  ReplayItemList,
  ReplayJob,
  ReplayJobList,
  AcceptedExecution,
  Attempt,
  CreateWebhookExecution,
  ExecutionOutcome,
  Ledger,
  Usage,
  Wait,
  WebhookAnalytics,
  WebhookExecution,
  WebhookExecutionDetail,
  WebhookExecutionList,
  ExecutionEvents,
  ExecutionStreamEnd,
  ExecutionStreamSample,
  ExecutionStreamStart,
  WebhookEndpoint,
  WebhookEndpointList,
  // Dead letters
  DeadLetter,
  DeadLetterDetail,
  DeadLetterList,
  RedrivenDeadLetter,
};

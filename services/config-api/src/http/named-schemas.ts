import {
  Account,
  AccountSettingsView as AccountSettings,
  CreateAccount,
  ReplaceAccountSettings,
} from '@hookline/shared/contracts/rest/accounts';
import { ApiKey, ApiKeyList, CreateApiKey, CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import { AuthConfig, AuthView as Authentication } from '@hookline/shared/contracts/rest/auth-config';
import {
  DeadLetterDetail,
  DeadLetterList,
  DeadLetterView as DeadLetter,
  RedrivenDeadLetter,
} from '@hookline/shared/contracts/rest/dead-letters';
import { FieldError } from '@hookline/shared/contracts/rest/problem';
import { RotateSigningSecret, SigningView as Signing } from '@hookline/shared/contracts/rest/signing';
import { TestCallInput, TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import {
  PatchWebhookAction,
  ReplaceWebhookAction,
  SavedWebhookAction,
  WebhookAction,
  WebhookActionInput,
  WebhookActionList,
  WebhookActionSummary,
} from '@hookline/shared/contracts/rest/webhook-actions';
import { WebhookEndpoint, WebhookEndpointList } from '@hookline/shared/contracts/rest/webhook-endpoints';
import {
  AcceptedExecution,
  AttemptView as Attempt,
  CreateWebhookExecution,
  ExecutionOutcome,
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
  AccountSettings,
  CreateAccount,
  ReplaceAccountSettings,
  ApiKey,
  ApiKeyList,
  CreateApiKey,
  CreatedApiKey,
  // Webhook actions
  AuthConfig,
  Authentication,
  PatchWebhookAction,
  ReplaceWebhookAction,
  RotateSigningSecret,
  SavedWebhookAction,
  Signing,
  TestCallInput,
  TestCallResult,
  WebhookAction,
  WebhookActionInput,
  WebhookActionList,
  WebhookActionSummary,
  // Executions and endpoints
  AcceptedExecution,
  Attempt,
  CreateWebhookExecution,
  ExecutionOutcome,
  WebhookExecution,
  WebhookExecutionDetail,
  WebhookExecutionList,
  WebhookEndpoint,
  WebhookEndpointList,
  // Dead letters
  DeadLetter,
  DeadLetterDetail,
  DeadLetterList,
  RedrivenDeadLetter,
};

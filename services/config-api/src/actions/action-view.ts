import { settingsOf } from '@hookline/shared/contracts/authentication/kinds';
import type {
  SavedWebhookAction,
  WebhookAction,
  WebhookActionSummary,
} from '@hookline/shared/contracts/rest/webhook-actions';
import { isoTime, isoTimeOrNull } from '../http/iso-time.ts';
import { actionWarnings } from './action-warnings.ts';
import type { DefinitionSettings } from './definition-input.ts';
import { deliveryChoicesView } from './delivery-choices.ts';
import { templateInput } from './payload-template.ts';
import type { ActionSummary, SavedAction, StoredAction } from './stored-action.ts';

/** Converts an action to its API form, field by field, so that no secret is included by accident. */
export function actionView({ definition, createdAt, externalId }: StoredAction): WebhookAction {
  const { auth, signing } = definition;
  return {
    id: definition.actionId,
    external_id: externalId,
    workflow_id: definition.workflowId,
    version: definition.version,
    ...definitionSettingsView(definition),
    auth: { type: auth.type, ...settingsOf(auth), credential_set: auth.sealed !== null },
    signing: { enabled: signing !== null, grace_until: isoTimeOrNull(signing && signing.graceUntil) },
    paused: definition.paused,
    warnings: actionWarnings(definition),
    created_at: isoTime(createdAt),
    updated_at: isoTime(definition.updatedAt),
  };
}

/** Converts the settings of a definition, which are not secret, to their API form. */
export function definitionSettingsView(settings: DefinitionSettings) {
  return {
    url: settings.url,
    method: settings.method,
    headers: settings.headers,
    payload_template: templateInput(settings.contentKind, settings.payloadTemplate),
    content_kind: settings.contentKind,
    timeout_seconds: settings.timeoutMs / 1_000,
    retry_enabled: settings.retryEnabled,
    retry_max_attempts: settings.retryMaxAttempts,
    ...deliveryChoicesView(settings),
    ssl_verify: settings.sslVerify,
    response_mapping: settings.responseMapping,
    endpoint_rate_limit: settings.endpointRateLimit,
    store_bodies: settings.storeBodies ? ('all' as const) : ('none' as const),
    enabled: settings.enabled,
  };
}

/** Converts an action to a row of the list. */
export function actionSummaryView(action: ActionSummary): WebhookActionSummary {
  return {
    id: action.actionId,
    external_id: action.externalId,
    workflow_id: action.workflowId,
    version: action.version,
    url: action.url,
    method: action.method,
    content_kind: action.contentKind,
    auth: {
      type: action.authType,
      ...settingsOf({ headerName: action.authHeaderName, settings: action.authSettings }),
      credential_set: action.credentialSet,
    },
    signing: { enabled: action.signed, grace_until: isoTimeOrNull(action.graceUntil) },
    timeout_seconds: action.timeoutMs / 1_000,
    retry_enabled: action.retryEnabled,
    retry_max_attempts: action.retryMaxAttempts,
    ...deliveryChoicesView(action),
    ssl_verify: action.sslVerify,
    endpoint_rate_limit: action.endpointRateLimit,
    store_bodies: action.storeBodies ? 'all' : 'none',
    enabled: action.enabled,
    paused: action.paused,
    created_at: isoTime(action.createdAt),
    updated_at: isoTime(action.updatedAt),
  };
}

/** Builds the response to a change, the only response that shows a signing secret created by the change. */
export function savedActionView({
  action,
  newSecret,
  secretWarnings,
  removed = [],
}: SavedAction): SavedWebhookAction {
  const view = actionView(action);
  return {
    ...view,
    warnings: [...view.warnings, ...secretWarnings, ...removed],
    ...(newSecret !== null && { signing_secret: newSecret }),
  };
}

import type { SavedWebhookAction, WebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { isoTime, isoTimeOrNull } from '../http/iso-time.ts';
import { actionWarnings } from './action-warnings.ts';
import { templateInput } from './payload-template.ts';
import type { SavedAction, StoredAction } from './stored-action.ts';

/** An action as the API shows it. Built field by field, so that nothing secret comes along by accident. */
export function actionView({ definition, createdAt }: StoredAction): WebhookAction {
  const { auth, signing } = definition;
  return {
    id: definition.actionId,
    workflow_id: definition.workflowId,
    version: definition.version,
    url: definition.url,
    method: definition.method,
    headers: definition.headers,
    payload_template: templateInput(definition.contentKind, definition.payloadTemplate),
    content_kind: definition.contentKind,
    auth: {
      type: auth.type,
      ...(auth.headerName !== null && { header_name: auth.headerName }),
      credential_set: auth.sealed !== null,
    },
    signing: { enabled: signing !== null, grace_until: isoTimeOrNull(signing && signing.graceUntil) },
    timeout_seconds: definition.timeoutMs / 1_000,
    retry_enabled: definition.retryEnabled,
    retry_max_attempts: definition.retryMaxAttempts,
    ssl_verify: definition.sslVerify,
    response_mapping: definition.responseMapping,
    endpoint_rate_limit: definition.endpointRateLimit,
    enabled: definition.enabled,
    warnings: actionWarnings(definition),
    created_at: isoTime(createdAt),
    updated_at: isoTime(definition.updatedAt),
  };
}

/** The answer to a change, the only one that shows a signing secret which was made by it. */
export function savedActionView({ action, newSecret }: SavedAction): SavedWebhookAction {
  return { ...actionView(action), ...(newSecret !== null && { signing_secret: newSecret }) };
}

import type { WebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { isoTime } from '../http/iso-time.ts';
import { actionWarnings } from './action-warnings.ts';
import { templateInput } from './definition-input.ts';
import type { StoredAction } from './stored-action.ts';

/** An action as the API shows it. Built field by field, so that nothing secret comes along by accident. */
export function actionView({ definition, createdAt }: StoredAction): WebhookAction {
  const { auth } = definition;
  return {
    id: definition.actionId,
    workflow_id: definition.workflowId,
    version: definition.version,
    url: definition.url,
    method: definition.method,
    headers: definition.headers,
    payload_template: templateInput(definition.payloadTemplate),
    auth: {
      type: auth.type,
      ...(auth.headerName !== null && { header_name: auth.headerName }),
      credential_set: auth.sealed !== null,
    },
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

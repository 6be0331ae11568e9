import { DELIVERY_DEFAULTS } from './delivery-choices.ts';
import type { WebhookDefinition } from './events.ts';

/**
 * Builds the last version of a deleted action: its ids, version and time, and none of its configuration. A customer who
 * deletes a webhook expects its template, headers and secrets to be gone immediately, not only when the tombstone
 * follows.
 */
export function deletedDefinition({
  actionId,
  accountId,
  workflowId,
  version,
  updatedAt,
}: Pick<
  WebhookDefinition,
  'actionId' | 'accountId' | 'workflowId' | 'version' | 'updatedAt'
>): WebhookDefinition {
  return {
    actionId,
    accountId,
    workflowId,
    version,
    deleted: true,
    enabled: false,
    url: '',
    method: 'POST',
    headers: {},
    payloadTemplate: null,
    auth: { type: 'none', headerName: null, settings: {}, sealed: null },
    // Smallest values that the schema and the database table accept.
    timeoutMs: 1_000,
    retryEnabled: false,
    retryMaxAttempts: 1,
    sslVerify: true,
    responseMapping: {},
    endpointRateLimit: null,
    contentKind: 'none',
    signing: null,
    paused: false,
    storeBodies: true,
    ...DELIVERY_DEFAULTS,
    updatedAt,
  };
}

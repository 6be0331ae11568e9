import type { WebhookDefinition } from './events.ts';

/**
 * The last version of an action that was deleted: its ids, version and time, and nothing of what it was configured to
 * do. A customer who deletes a webhook wants its template, headers and secrets gone at once, not when the tombstone follows.
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
    // The least that the schema and the table accept.
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
    updatedAt,
  };
}

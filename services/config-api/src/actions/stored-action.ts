import type { DefinitionAuth, WebhookDefinition } from '@hookline/shared/contracts/events';

/** A webhook action as it is configured. */
export interface StoredAction {
  definition: WebhookDefinition;
  /** When its first version was written, epoch ms. */
  createdAt: number;
}

/** An action as the list shows it: without headers, template, mapping and secrets. Times are epoch ms. */
export interface ActionSummary extends Pick<
  WebhookDefinition,
  | 'actionId'
  | 'workflowId'
  | 'version'
  | 'url'
  | 'method'
  | 'contentKind'
  | 'timeoutMs'
  | 'retryEnabled'
  | 'retryMaxAttempts'
  | 'sslVerify'
  | 'endpointRateLimit'
  | 'enabled'
  | 'updatedAt'
> {
  authType: DefinitionAuth['type'];
  authHeaderName: string | null;
  authSettings: Record<string, string>;
  credentialSet: boolean;
  signed: boolean;
  graceUntil: number | null;
  createdAt: number;
}

/** A change as it was written. */
export interface SavedAction {
  action: StoredAction;
  /** A signing secret that was made for it, to be shown this once; null if none was. */
  newSecret: string | null;
}

/** Where an action is looked for: always within its account. */
export interface ActionAddress {
  accountId: string;
  workflowId: string;
  actionId: string;
}

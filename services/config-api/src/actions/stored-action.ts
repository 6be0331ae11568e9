import type { DeliveryChoices } from '@hookline/shared/contracts/delivery-choices';
import type { DefinitionAuth, WebhookDefinition } from '@hookline/shared/contracts/events';

/** A webhook action as stored. */
export interface StoredAction {
  definition: WebhookDefinition;
  /** Time at which its first version was written, epoch ms. */
  createdAt: number;
}

/** An action as listed: without headers, template, mapping and secrets. Times are epoch ms. */
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
  | 'storeBodies'
  | 'enabled'
  | 'paused'
  | keyof DeliveryChoices
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

/** A change that has been saved. */
export interface SavedAction {
  action: StoredAction;
  /** Signing secret that was created for it, to be shown this once; null if none was created. */
  newSecret: string | null;
  /** Warnings, for people, about secrets that the change set. */
  secretWarnings: readonly string[];
  /** Warnings, for people, about what the change removed or reset. */
  removed?: readonly string[];
}

/** Address of an action; always within its account. */
export interface ActionAddress {
  accountId: string;
  workflowId: string;
  actionId: string;
}

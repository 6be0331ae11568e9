import type { DeliveryChoices } from '@hookline/shared/contracts/delivery-choices';
import type { DefinitionAuth, WebhookDefinition } from '@hookline/shared/contracts/events';

/** A webhook action as stored. */
export interface StoredAction {
  definition: WebhookDefinition;
  /** Time at which its first version was written, epoch ms. */
  createdAt: number;
  /** Id that the customer chose, from which the action's id is derived (ADR 37); null if Hookline chose that id. */
  externalId: string | null;
}

/** An action as listed, without headers, template, mapping and secrets. Times are epoch ms. */
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
  externalId: string | null;
  authType: DefinitionAuth['type'];
  authHeaderName: string | null;
  authSettings: Record<string, string>;
  credentialSet: boolean;
  signed: boolean;
  graceUntil: number | null;
  createdAt: number;
}

/** Last written version of an action. */
export interface LastVersion {
  version: number;
  workflowId: string;
  isDeleted: boolean;
}

/** Origin of a change that was not made from the body of a request. */
export interface ChangeOrigin {
  /** Name of the change in the audit log. */
  action: 'webhook_action.publish' | 'webhook_action.restore' | 'webhook_action.copy';
  /** Draft that the change publishes. */
  draft?: StoredAction & { revision: number };
}

/** A saved change. */
export interface SavedAction {
  action: StoredAction;
  /** Whether the change created the action. */
  isNew: boolean;
  /** New signing secret, which is shown only this once; null if none was created. */
  newSecret: string | null;
  /** Human-readable warnings about the secrets in the change. */
  secretWarnings: readonly string[];
  /** Human-readable warnings about settings that the change removed or reset. */
  removed?: readonly string[];
}

/** Address of an action. It includes the account, so that a look-up never finds an action of another account. */
export interface ActionAddress {
  accountId: string;
  workflowId: string;
  actionId: string;
}

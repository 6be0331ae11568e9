import type { WebhookDefinition } from '@hookline/shared/contracts/events';

/** A webhook action as it is configured. */
export interface StoredAction {
  definition: WebhookDefinition;
  /** When its first version was written, epoch ms. */
  createdAt: number;
}

/** Where an action is looked for: always within its account. */
export interface ActionAddress {
  accountId: string;
  workflowId: string;
  actionId: string;
}

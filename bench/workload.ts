import { randomUUID } from 'node:crypto';
import type { WebhookDefinition, WebhookRequested } from '@hookline/shared/contracts/events';
import { aWebhookDefinition, aWebhookRequested } from '@hookline/testkit/builders';

export interface WorkloadSize {
  accounts: number;
  endpointsPerAccount: number;
  requests: number;
}

export interface Workload {
  definitions: WebhookDefinition[];
  requests: WebhookRequested[];
}

/** About 1 KB of context a request, spread evenly over accounts and endpoints. */
export function createWorkload(receiverPort: number, size: WorkloadSize): Workload {
  const definitions = Array.from({ length: size.accounts }, (_, account) =>
    Array.from({ length: size.endpointsPerAccount }, (__, endpoint) =>
      aWebhookDefinition({
        accountId: `bench_account_${account}`,
        url: `http://127.0.0.1:${receiverPort}/account/${account}/endpoint/${endpoint}`,
        payloadTemplate:
          '{"email":"{{contact.email}}","name":"{{contact.first_name}} {{contact.last_name}}"}',
      }),
    ),
  ).flat();
  const context = JSON.stringify({
    contact: {
      id: 'c1',
      email: 'john@example.com',
      first_name: 'John',
      last_name: 'Doe',
      notes: 'x'.repeat(800),
    },
    workflow: { id: 'w1' },
    execution: { id: 'e1' },
    account: { id: 'a1' },
  });
  const requests = Array.from({ length: size.requests }, (_, i) => {
    const definition = definitions[i % definitions.length];
    if (!definition) throw new Error('a workload needs at least one account with one endpoint');
    const { accountId, actionId } = definition;
    return aWebhookRequested({ executionId: randomUUID(), accountId, actionId, context });
  });
  return { definitions, requests };
}

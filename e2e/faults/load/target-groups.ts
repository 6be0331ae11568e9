import { randomUUID } from 'node:crypto';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import type { BehaviourName } from '../receiver/behaviours.ts';
import type { Targets } from './targets.ts';

/** Endpoints with the same behaviour, in each of several accounts. */
export interface TargetGroup {
  /** Part of the ids of the group's accounts; groups with the same label share their accounts. */
  label: string;
  accounts: number;
  behaviour: BehaviourName;
  /** Number of endpoints in each account. */
  endpoints: number;
  /** Fields in which the definitions of these endpoints differ from the default. */
  definition?: Partial<WebhookDefinition>;
}

export interface TargetGroupOptions {
  groups: readonly TargetGroup[];
  /** `host:port` of the receiver. */
  address: string;
  /** Maximum number of retries after the first call. */
  maxRetries: number;
}

/** Creates targets whose accounts may differ in their endpoints. All endpoints are equally likely to be drawn. */
export function createTargetGroups({ groups, address, maxRetries }: TargetGroupOptions): Targets {
  const run = randomUUID().slice(0, 8);
  const definitions = groups.flatMap((group) =>
    Array.from({ length: group.accounts }, (_, i) => `account-${run}-${group.label}-${i}`).flatMap(
      (accountId) =>
        Array.from({ length: group.endpoints }, (_, n) =>
          aWebhookDefinition({
            accountId,
            url: `http://${address}/${group.behaviour}/${accountId}/hook-${n}`,
            retryMaxAttempts: maxRetries,
            ...group.definition,
          }),
        ),
    ),
  );
  return {
    accountIds: [...new Set(definitions.map(({ accountId }) => accountId))],
    definitions,
    draw: (random) => random.pick(definitions),
  };
}

/** Some of the endpoints of a load, all equally likely to be drawn. */
export interface TargetSelection extends Pick<Targets, 'draw'> {
  definitions: readonly WebhookDefinition[];
}

/** Selects the endpoints with one of these behaviours, in the accounts of these labels or in all accounts. */
export function selectTargets(
  targets: Pick<Targets, 'definitions'>,
  behaviours: readonly BehaviourName[],
  labels?: readonly string[],
): TargetSelection {
  const definitions = targets.definitions.filter(
    ({ url, accountId }) =>
      behaviours.some((name) => behaves(new URL(url).pathname, name)) &&
      (labels?.some((label) => isOfGroup(accountId, label)) ?? true),
  );
  return { definitions, draw: (random) => random.pick(definitions) };
}

/** Whether an endpoint has a behaviour. @param endpoint path of its URL */
export function behaves(endpoint: string, behaviour: BehaviourName): boolean {
  return endpoint.startsWith(`/${behaviour}/`);
}

/** Whether an account belongs to the groups with this label. */
export function isOfGroup(accountId: string, label: string): boolean {
  return accountId.includes(`-${label}-`);
}

import { randomUUID } from 'node:crypto';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { BEHAVIOURS, type BehaviourName } from '../receiver/behaviours.ts';
import type { Random } from '../seeded-random.ts';

/** Distribution of the requests of a load over behaviours: a share for each, in any unit. */
export type Mix = Partial<Record<BehaviourName, number>>;

export interface TargetOptions {
  accounts: number;
  mix: Mix;
  /** `host:port` of the receiver. */
  address: string;
  /** Maximum number of retries after the first call. */
  maxRetries: number;
}

/** Accounts of a load, and the definitions from which its requests are drawn. */
export interface Targets {
  accountIds: readonly string[];
  definitions: readonly WebhookDefinition[];
  /** Draws the action of the next request. */
  draw(random: Random): WebhookDefinition;
}

/**
 * Creates one endpoint in each account for each behaviour of the mix; requests are drawn according to the shares of the
 * mix.
 */
export function createTargets({ accounts, mix, address, maxRetries }: TargetOptions): Targets {
  const run = randomUUID().slice(0, 8);
  const accountIds = Array.from({ length: accounts }, (_, i) => `account-${run}-${i}`);
  const names = (Object.keys(BEHAVIOURS) as BehaviourName[]).filter((name) => (mix[name] ?? 0) > 0);
  const total = names.reduce((sum, name) => sum + (mix[name] ?? 0), 0);
  const definitionOf = (accountId: string, behaviour: BehaviourName): WebhookDefinition =>
    aWebhookDefinition({
      accountId,
      url: `http://${address}/${behaviour}/${accountId}/hook`,
      retryMaxAttempts: maxRetries,
    });
  const byBehaviour = new Map(
    names.map((name) => [name, accountIds.map((accountId) => definitionOf(accountId, name))]),
  );
  return {
    accountIds,
    definitions: [...byBehaviour.values()].flat(),
    draw: (random) => {
      let share = random.between(0, total);
      const name = names.find((name) => (share -= mix[name] ?? 0) < 0) ?? names[0];
      return random.pick((name && byBehaviour.get(name)) ?? []);
    },
  };
}

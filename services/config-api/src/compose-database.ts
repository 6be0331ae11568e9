import { createPool } from '@hookline/database/pool';
import { schemaStep } from '@hookline/database/schema-step';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createRatesOf, type RatesOf } from './accounts/account-rates.ts';
import type { Config } from './config.ts';
import { createIdempotentResponses, IDEMPOTENCY_LIMITS } from './idempotency/pg-idempotent-responses.ts';
import { quotasOf } from './persistence/account-quotas.ts';
import { type AccountRemovalStore, createAccountRemovalStore } from './persistence/account-removal-store.ts';
import { type AccountStore, createAccountStore } from './persistence/account-store.ts';
import { type ActionLookups, createActionLookups } from './persistence/action-lookups.ts';
import { type ActionStore, createActionStore } from './persistence/action-store.ts';
import { type ApiKeyStore, createApiKeyStore } from './persistence/api-key-store.ts';
import { type EndpointPauseStore, createEndpointPauseStore } from './persistence/endpoint-pause-store.ts';
import { createDataSource, POOL_LIMITS } from './persistence/data-source.ts';
import { type VersionStore, createVersionStore } from './persistence/definition-versions.ts';
import { type DraftStore, createDraftStore } from './persistence/draft-store.ts';
import { openChangeSession } from './views/pg-change-session.ts';
import { AccountTurns } from './quotas/account-turns.ts';
import { createViews } from './views/views.ts';

/** The stores in Postgres with their connection pools, and their caches in memory. */
export interface DatabaseSide {
  pool: ReturnType<typeof createPool>;
  /** Separate connections for long reads of history, so that they do not use up the connections for other requests. */
  historyPool: ReturnType<typeof createPool>;
  accounts: AccountStore;
  pauses: EndpointPauseStore;
  removal: AccountRemovalStore;
  apiKeys: ApiKeyStore & { recordUse(id: string, at: number): void };
  actions: ActionStore;
  idempotentResponses: ReturnType<typeof createIdempotentResponses>;
  drafts: DraftStore;
  versions: VersionStore;
  lookups: ActionLookups;
  /** Turns of the transactions that wait for a lock of their account (see `CHANGES`). */
  turns: AccountTurns;
  /** Returns the number of transactions, over all accounts, that wait for their turn. */
  waitingChanges: () => number;
  /** Returns the request rates of an account; needed for callers without a key. */
  ratesOf: RatesOf;
  parts: Component[];
}

/**
 * Changes of one account that are checked against its quotas lock the account, so they wait for each other anyway. With
 * turns, they wait without occupying one of the few connections, so that other accounts do not wait too. The same turns
 * serve every other transaction that waits for a lock of its account: test calls, cancellations, replay jobs and pauses
 * of endpoints.
 */
const CHANGES = { maxRunning: 1, maxWaiting: 200, maxWaitMs: POOL_LIMITS.statementTimeoutMs };

export function createDatabaseSide(
  { logger }: { logger: Logger },
  { database, quotas: defaultQuotas }: Pick<Config, 'database' | 'quotas'>,
): DatabaseSide {
  const address = { databaseUrl: databaseUrl(database) };
  const source = createDataSource({ logger }, address);
  const options = { ...address, ...POOL_LIMITS, applicationName: 'hookline-config-api' };
  const [pool, historyPool] = [createPool({ logger }, options), createPool({ logger }, options)];
  const connections = component('database', {
    start: async () => {
      await source.initialize();
    },
    stop: async () => {
      if (source.isInitialized) await source.destroy();
      for (const each of [pool, historyPool]) if (!each.ended) await each.end();
    },
  });
  const turns = new AccountTurns(CHANGES);
  const views = createViews({
    apiKeys: createApiKeyStore({ source, turns }, { defaultQuotas }),
    actions: createActionStore({ source, turns }, { defaultQuotas }),
    openSession: (events) => openChangeSession({ ...address, ...events }),
    logger,
  });
  return {
    pool,
    historyPool,
    accounts: createAccountStore({ source }),
    pauses: createEndpointPauseStore({ source, turns }),
    removal: createAccountRemovalStore({ source, removed: (id) => views.forgetAccount(id) }),
    apiKeys: views.apiKeys,
    actions: views.actions,
    idempotentResponses: createIdempotentResponses({ pool }, IDEMPOTENCY_LIMITS),
    drafts: createDraftStore({ source, turns }, { defaultQuotas }),
    versions: createVersionStore({ source }),
    lookups: createActionLookups({ source }),
    turns,
    waitingChanges: () => turns.waiting,
    ratesOf: createRatesOf({
      read: (accountId) => quotasOf(source.manager, accountId, defaultQuotas),
      now: Date.now,
    }),
    parts: [schemaStep({ logger }, address), connections, ...views.parts],
  };
}

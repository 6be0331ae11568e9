import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { StoredAction } from '../actions/stored-action.ts';
import type { StoredApiKey } from '../api-keys/stored-api-key.ts';
import type { Page } from '../http/page.ts';
import type { RequestRates } from '../http/request-rates.ts';
import { GatheredWrites } from '../persistence/gathered-writes.ts';
import { ChangeFeed, FEED_TIMES, type FeedSession } from './change-feed.ts';
import { View } from './view.ts';

type KeyWithRates = StoredApiKey & { rates: RequestRates };

interface KeyUse {
  id: string;
  at: number;
}

/** Stores of keys and actions, with the methods that views use or replace. */
interface ViewsDeps<K extends KeyStore, A extends ActionStore> {
  apiKeys: K;
  actions: A;
  openSession: (events: { onText: (text: string) => void; onLost: () => void }) => Promise<FeedSession>;
  logger: Logger;
}

interface KeyStore {
  list(accountId: string, page: Page): Promise<StoredApiKey[]>;
  find(id: string): Promise<KeyWithRates | null>;
  revoke(id: string, accountId: string | null, at: number): Promise<boolean>;
  recordUses(uses: readonly KeyUse[]): Promise<void>;
}

interface ActionStore {
  workflowOf(accountId: string, actionId: string): Promise<string | null>;
  replace(action: StoredAction, ...rest: never[]): Promise<boolean>;
}

/**
 * Stores that serve the look-ups of every request from memory (ADR 44). Changes by this instance are visible
 * immediately.
 */
interface Views<K, A> {
  /** Forgets the keys of an account that this instance has deleted. The feed notifies other instances. */
  forgetAccount(accountId: string): void;
  /** `recordUse` notes the use of a key, which is written later. */
  apiKeys: K & { recordUse(id: string, at: number): void };
  actions: A;
  parts: Component[];
}

/** Maximum number of entries of each kind; an entry takes a few hundred bytes. */
const MAX_KEYS = 20_000;
const MAX_ACTIONS = 100_000;
/** Interval at which uses are written, in ms; short enough, because the last use is shown only to the minute. */
const WRITE_USES_EVERY_MS = 10_000;

export function createViews<K extends KeyStore, A extends ActionStore>(deps: ViewsDeps<K, A>): Views<K, A> {
  const { openSession, logger } = deps;
  const feed = new ChangeFeed({ openSession, now: () => performance.now(), logger }, FEED_TIMES);
  const uses = new GatheredWrites<KeyUse>(
    { write: (items) => deps.apiKeys.recordUses(items), logger },
    { name: 'uses of API keys', everyMs: WRITE_USES_EVERY_MS, maxItems: MAX_KEYS },
  );
  const { forgetAccount, ...keys } = viewedKeys(deps.apiKeys, feed, uses);
  return {
    forgetAccount,
    apiKeys: { ...deps.apiKeys, ...keys },
    actions: { ...deps.actions, ...viewedActions(deps.actions, feed) },
    parts: [feed, uses],
  };
}

function viewedKeys(store: KeyStore, feed: ChangeFeed, uses: GatheredWrites<KeyUse>) {
  const keys = new View<KeyWithRates>(feed, {
    maxEntries: MAX_KEYS,
    concerned: ({ kind, ids: [id = ''] }) =>
      kind === 'key'
        ? { key: id }
        : kind === 'quotas'
          ? { matches: ({ accountId }) => accountId === id }
          : null,
  });
  feed.follow(keys);
  return {
    list: async (accountId: string, page: Page) => {
      const stored = await store.list(accountId, page);
      return stored.map((key) => ({ ...key, lastUsedAt: uses.noted(key.id)?.at ?? key.lastUsedAt }));
    },
    find: (id: string) => keys.get(id, () => store.find(id)),
    revoke: async (id: string, accountId: string | null, at: number) => {
      const isRevoked = await store.revoke(id, accountId, at);
      keys.changed({ kind: 'key', ids: [id] });
      return isRevoked;
    },
    recordUse: (id: string, at: number) => uses.note(id, { id, at }),
    // Treated like a change of the account's quotas, so that the view drops all keys of the account.
    forgetAccount: (accountId: string) => keys.changed({ kind: 'quotas', ids: [accountId] }),
  };
}

function viewedActions(store: ActionStore, feed: ChangeFeed) {
  const workflows = new View<string>(feed, {
    maxEntries: MAX_ACTIONS,
    concerned: ({ kind, ids: [actionId = '', accountId = ''] }) =>
      kind === 'action' ? { key: nameOf(accountId, actionId) } : null,
  });
  feed.follow(workflows);
  const replace = async (action: StoredAction, ...rest: never[]): Promise<boolean> => {
    const isReplaced = await store.replace(action, ...rest);
    const { actionId, accountId } = action.definition;
    workflows.changed({ kind: 'action', ids: [actionId, accountId] });
    return isReplaced;
  };
  return {
    replace,
    workflowOf: (accountId: string, actionId: string) =>
      workflows.get(nameOf(accountId, actionId), () => store.workflowOf(accountId, actionId)),
  };
}

function nameOf(accountId: string, actionId: string): string {
  return JSON.stringify([accountId, canonicalId(actionId)]);
}

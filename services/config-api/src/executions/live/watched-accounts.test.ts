import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import type { SessionEvents } from './pg-execution-watches.ts';
import { WatchedAccounts } from './watched-accounts.ts';

let seen: Arrivals<string>;
let opened: SessionEvents[];
/** Accounts whose watch has expired. */
let lapsed: Set<string>;
let followed: Set<string>;
/** Result of `watch`: null, or an id above those of the earlier transactions that are still running. */
let unsettled: bigint | null;
/** Id of the oldest transaction that is running. */
let oldest: bigint;
let opens: () => Promise<void>;
let accounts: WatchedAccounts;

beforeEach(() => {
  seen = createArrivals<string>(String);
  [opened, lapsed, followed] = [[], new Set(), new Set()];
  [unsettled, oldest] = [null, 0n];
  opens = () => Promise.resolve();
  accounts = new WatchedAccounts(
    {
      watches: {
        watch: async (ids) => {
          for (const id of ids) followed.add(id);
          seen.add(`watch ${ids.join()}`);
          return unsettled;
        },
        oldestTransaction: async () => {
          seen.add('looked');
          return oldest;
        },
        renew: async (ids) => ids.filter((id) => followed.has(id) && !lapsed.delete(id)),
        unwatch: async (ids) => {
          for (const id of ids) followed.delete(id);
          seen.add(`unwatch ${ids.join()}`);
        },
      },
      openSession: async (events) => {
        await opens();
        opened.push(events);
        seen.add('open');
        return { ping: async () => undefined, close: async () => seen.add('close') };
      },
      logger: createLogger('test', 'silent'),
    },
    { renewEveryMs: 5 },
  );
});

afterEach(() => accounts.stop());

const follow = (id: string): Promise<void> =>
  accounts.follow(id, {
    changed: (notice) => seen.add(`changed ${id} ${notice.id}`),
    missed: () => seen.add(`missed ${id}`),
  });

const until = (wanted: string, count = 1): Promise<unknown> =>
  seen.until((all) => all.filter((text) => text === wanted).length >= count || undefined, {
    wanted,
    deadlineMs: DEFAULT_DEADLINE_MS,
  });

describe('watched accounts', () => {
  it('share one session, which is closed when the last account is no longer watched', async () => {
    await follow('a');
    await follow('b');
    for (const accountId of ['b', 'c']) opened[0]?.onNotice({ id: 'n1', accountId, changes: [], omitted: 0 });
    await accounts.leave('a');
    await accounts.leave('b');
    expect(seen.all).toEqual([
      'open',
      'watch a',
      'watch b',
      'changed b n1',
      'unwatch a',
      'close',
      'unwatch b',
    ]);
    await follow('c');
    expect(opened).toHaveLength(2);
  });

  it('are notified of possibly missed changes when a lost session has been reopened', async () => {
    await follow('a');
    let failures = 2;
    opens = () => (failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve());
    opened[0]?.onLost();
    opened[0]?.onLost();
    await until('missed a');
    expect(seen.all).toEqual(['open', 'watch a', 'close', 'open', 'watch a', 'missed a']);
  });

  it('are notified of possibly missed changes after their watch has expired', async () => {
    await follow('a');
    await follow('b');
    lapsed.add('b');
    await until('missed b');
    expect(seen.all.filter((text) => text.startsWith('missed'))).toEqual(['missed b']);
  });

  it('are notified of possibly missed changes once, when the transactions from before their watch have ended', async () => {
    [oldest, unsettled] = [5n, 7n];
    await follow('a');
    unsettled = 9n;
    await follow('b');
    await until('looked', 2);
    oldest = 8n;
    await until('missed a');
    await until('looked', seen.all.filter((text) => text === 'looked').length + 2);
    oldest = 9n;
    await until('missed b');
    expect(seen.all.filter((text) => text !== 'looked')).toEqual([
      'open',
      'watch a',
      'watch b',
      'missed a',
      'missed b',
    ]);
  });

  it('are not followed if no session can be opened', async () => {
    opens = () => Promise.reject(new Error('away'));
    await expect(follow('a')).rejects.toThrow('away');
    opens = () => Promise.resolve();
    await follow('b');
    expect(followed).toEqual(new Set(['b']));
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { ChangeFeed, type FeedSession } from './change-feed.ts';
import { openChangeSession } from './pg-change-session.ts';

type SessionEvents = Parameters<ConstructorParameters<typeof ChangeFeed>[0]['openSession']>[0];

const BEAT_MS = 20;
const REST_MS = 5_000;

let database: IsolatedDatabase;
let pool: Pool;
let at: number;
let shown: Arrivals<string>;
let clockReadings: Arrivals<number>;
let feed: ChangeFeed;

beforeEach(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'feed-test', maxConnections: 2 },
  );
  at = 0;
  shown = createArrivals<string>(String);
  clockReadings = createArrivals<number>(String);
});

afterEach(async () => {
  await feed.stop();
  await pool.end();
  await database.drop();
});

function follow(openSession: (events: SessionEvents) => Promise<FeedSession>): void {
  const now = (): number => {
    clockReadings.add(at);
    return at;
  };
  feed = new ChangeFeed(
    { openSession, now, logger: createLogger('test', 'silent') },
    { beatMs: BEAT_MS, freshMs: 1_000, restMs: REST_MS },
  );
  feed.follow({
    changed: ({ kind, ids }) => shown.add([kind, ...ids].join(' ')),
    lost: () => shown.add('lost'),
  });
}

const onPostgres = (events: SessionEvents): Promise<FeedSession> =>
  openChangeSession({ databaseUrl: database.databaseUrl, ...events });

const untilShown = (wanted: string, count = 1): Promise<unknown> =>
  shown.until((all) => all.filter((text) => text === wanted).length >= count || undefined, {
    wanted,
    deadlineMs: DEFAULT_DEADLINE_MS,
  });

/** Builds a session that the test controls. */
function heldSession() {
  const sent: string[] = [];
  let events: SessionEvents | undefined;
  return {
    sent,
    deliver: (text: string): void => events?.onText(text),
    lose: (): void => events?.onLost(),
    open: async (opened: SessionEvents): Promise<FeedSession> => {
      events = opened;
      return {
        notify: async (text) => shown.add(`sent ${sent.push(text)}`),
        close: async () => undefined,
      };
    },
  };
}

describe('ChangeFeed on Postgres', () => {
  it('reports the changes of keys and quotas that other sessions commit, but not uses of keys', async () => {
    follow(onPostgres);
    await feed.start();
    await untilShown('lost');
    await pool.query(`INSERT INTO accounts (id, name) VALUES ('a "b" c', 'A')`);
    await pool.query(`
      INSERT INTO api_keys (id, account_id, key_hash, name, scopes)
      VALUES ('11111111-1111-4111-8111-111111111111', 'a "b" c', decode(repeat('00', 32), 'hex'), 'k', '{read}')`);
    await pool.query(`UPDATE api_keys SET last_used_at = now()`);
    await pool.query(`UPDATE api_keys SET revoked_at = now()`);
    await pool.query(`INSERT INTO account_quotas (account_id) VALUES ('a "b" c')`);
    await untilShown('quotas a "b" c');
    expect(shown.all.filter((text) => text !== 'lost')).toEqual([
      'key 11111111-1111-4111-8111-111111111111',
      'quotas a "b" c',
    ]);
  });

  it('is not fresh before its start, and follows a new session after a session has ended', async () => {
    follow(onPostgres);
    expect(feed.isFresh).toBe(false);
    await feed.start();
    await untilShown('lost');
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'hookline-changes' AND datname = current_database()`,
    );
    await untilShown('lost', 3);
    await pool.query(`SELECT pg_notify('hookline_changes', '["key","x"]')`);
    await untilShown('key x');
  });
});

describe('the freshness of a feed', () => {
  const beat = (session: ReturnType<typeof heldSession>, index: number): void =>
    session.deliver(session.sent[index] ?? '');

  it('begins at the time at which the last heartbeat that arrived was sent', async () => {
    const session = heldSession();
    follow(session.open);
    at = 10_000;
    feed.use();
    await feed.start();
    await untilShown('sent 1');
    at = 10_300;
    await untilShown(`sent ${session.sent.length + 1}`);
    expect(feed.isFresh).toBe(false);
    at = 10_600;
    beat(session, 0);
    expect(feed.isFresh).toBe(true);
    at = 11_000;
    expect(feed.isFresh).toBe(true);
    at = 11_001;
    expect(feed.isFresh).toBe(false);
  });

  it('does not begin with a heartbeat of another instance', async () => {
    const session = heldSession();
    follow(session.open);
    await feed.start();
    await untilShown('sent 1');
    session.deliver(JSON.stringify(['beat', 'another instance', '1']));
    expect(feed.isFresh).toBe(false);
  });

  it('ends when the session is lost, and the listeners are notified before the next session', async () => {
    const session = heldSession();
    follow(session.open);
    await feed.start();
    await untilShown('sent 1');
    beat(session, 0);
    expect(feed.isFresh).toBe(true);
    session.lose();
    await untilShown('lost', 3);
    expect(feed.isFresh).toBe(false);
  });
});

describe('a feed that nobody uses', () => {
  /** Starts a feed and resolves once its heartbeats rest. */
  async function restingOn(session: ReturnType<typeof heldSession>): Promise<void> {
    follow(session.open);
    await feed.start();
    await untilShown('sent 1');
    at = REST_MS;
    // The next reading of the clock is that of a heartbeat that is due; the heartbeats rest in the same turn.
    await clockReadings.until((all) => all.includes(REST_MS) || undefined, {
      wanted: 'a reading of the clock',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
  }

  it('reports changes while its heartbeats rest, and sends one immediately at the next use', async () => {
    const session = heldSession();
    await restingOn(session);
    const count = session.sent.length;
    session.deliver(JSON.stringify(['key', 'x']));
    expect(shown.all.at(-1)).toBe('key x');
    feed.use();
    expect(session.sent).toHaveLength(count + 1);
    await untilShown(`sent ${count + 2}`);
  });

  it('becomes fresh in a session that began while its heartbeats rested', async () => {
    const session = heldSession();
    await restingOn(session);
    const count = session.sent.length;
    session.lose();
    await untilShown(`sent ${count + 1}`);
    session.deliver(session.sent[count] ?? '');
    expect(feed.isFresh).toBe(true);
  });
});

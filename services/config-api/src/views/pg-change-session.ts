import { Client } from 'pg';
import type { FeedSession } from './change-feed.ts';

/** Channel of the triggers, which is the same in every Hookline database. */
const CHANNEL = 'hookline_changes';

interface ChangeSessionOptions {
  databaseUrl: string;
  onText: (text: string) => void;
  onLost: () => void;
}

/** Opens a session that listens for changes of data that config-api keeps in memory. */
export async function openChangeSession({
  databaseUrl,
  onText,
  onLost,
}: ChangeSessionOptions): Promise<FeedSession> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'hookline-changes',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    keepAlive: true,
  });
  // Without a listener for errors, a lost session would end the process.
  client.on('error', onLost);
  client.on('end', onLost);
  client.on('notification', ({ payload }) => onText(payload ?? ''));
  await client.connect();
  await client.query(`LISTEN ${CHANNEL}`);
  return {
    notify: async (text) => {
      await client.query('SELECT pg_notify($1, $2)', [CHANNEL, text]);
    },
    close: () => client.end(),
  };
}

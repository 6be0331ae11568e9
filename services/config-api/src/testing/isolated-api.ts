import { createPool } from '@hookline/database/pool';
import { isolatedDatabase } from '@hookline/testkit/isolated-database';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import { type TopicProbe, topicProbe } from '@hookline/testkit/topic-probe';
import type { Pool } from 'pg';
import { type RunningApi, startApi } from './running-api.ts';

/** The service with its own database and topics. */
export interface IsolatedApi extends RunningApi {
  databaseUrl: string;
  topics: IsolatedTopics;
  /** The test's own connections to the database, opened on first use. */
  pool: Pool;
  /** Starts a probe of the topics; `stop` also stops the probe. */
  probe(): Promise<TopicProbe>;
  /** Stops the service and everything opened with it, then removes its database and topics. */
  stop(): Promise<void>;
}

/** @param env additional settings of the service */
export async function isolatedApi({ env = {} }: { env?: Record<string, string> } = {}): Promise<IsolatedApi> {
  await using made = new AsyncDisposableStack();
  const [topics, { databaseUrl }] = await Promise.all([
    isolatedTopics().then((topics) => made.use(topics)),
    isolatedDatabase({ migrated: true }).then((database) => made.use(database)),
  ]);
  const api = await startApi({ databaseUrl, topics, env });
  made.defer(() => api.stop());
  const pool = createPool({}, { databaseUrl, applicationName: 'test', maxConnections: 2 });
  made.defer(() => pool.end());
  const open = made.move();
  return {
    ...api,
    databaseUrl,
    topics,
    pool,
    probe: async () => open.use(await topicProbe(topics)),
    stop: () => open.disposeAsync(),
  };
}

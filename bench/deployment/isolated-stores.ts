import { randomBytes } from 'node:crypto';
import { createKafkaClient, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { createLogger } from '@hookline/shared/runtime/logger';
import type { Stack } from '@hookline/testkit/stack/start-stack';
import { Client } from 'pg';

/** Value of `HOOKLINE_PARTITIONS` of a deployment. */
const PARTITIONS = 12;

/** Topic prefix and database of one deployment; disposing of them deletes the topics and the database. */
export interface IsolatedStores extends AsyncDisposable {
  client: KafkaClient;
  brokers: string[];
  databaseUrl: string;
}

export async function isolateStores(stack: Stack): Promise<IsolatedStores> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  await onServer(stack.databaseUrl, `CREATE DATABASE ${name}`);
  const databaseUrl = new URL(stack.databaseUrl);
  databaseUrl.pathname = `/${name}`;
  const client = createKafkaClient(
    { logger: createLogger('bench', 'warn') },
    { brokers: stack.kafkaBrokers, clientId: 'bench', prefix: `${name}.`, partitions: PARTITIONS },
  );
  return {
    client,
    brokers: stack.kafkaBrokers,
    databaseUrl: databaseUrl.href,
    [Symbol.asyncDispose]: async () => {
      await onServer(stack.databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`);
      await withAdmin(client, async (admin) => {
        const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(client.prefix));
        if (topics.length > 0) await admin.deleteTopics({ topics });
      });
    },
  };
}

async function onServer(databaseUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

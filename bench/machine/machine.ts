import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { createLogger } from '@hookline/shared/runtime/logger';
import type { Stack } from '@hookline/testkit/stack/start-stack';
import kafkajs from 'kafkajs';
import { Client } from 'pg';
import { readProcesses, treeOf } from './process-table.ts';
import type { WatchedProcess } from './usage.ts';

const run = promisify(execFile);
const GIB = 2 ** 30;

/** Machine, versions and store settings with which figures were measured; stored with each result. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  node: string;
  go: string;
  kafka: string;
  /** Commit of this checkout, followed by `+` if tracked files differ from it. */
  commit: string;
  /**
   * Settings of the stores that determine how durable acknowledged writes are, and whether the times of commits are
   * recorded.
   */
  stores: Record<string, string>;
}

export async function describeMachine(stack: Stack, go: string): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / GIB),
    node: process.version,
    go,
    kafka: await kafkaVersion(),
    commit: await commitOf(process.cwd()),
    stores: { ...(await postgresSettings(stack.databaseUrl)), ...(await kafkaSettings(stack.kafkaBrokers)) },
  };
}

export async function commitOf(dir: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', ['-C', dir, ...args])).stdout.trim();
  const commit = await git('rev-parse', '--short', 'HEAD');
  return (await git('status', '--porcelain', '--untracked-files=no')) === '' ? commit : `${commit}+`;
}

/** Finds the stores that this process has started; stores in containers or on other machines are omitted. */
export async function storeProcesses(): Promise<WatchedProcess[]> {
  const own = treeOf(await readProcesses(), process.pid);
  const isStore = (pattern: RegExp) => own.find(({ commandLine }) => pattern.test(commandLine))?.pid;
  const found = {
    kafka: isStore(/ kafka\.Kafka /),
    postgres: isStore(/postgres\S* -D /),
    redis: isStore(/redis-(server|check-rdb)/),
  };
  return Object.entries(found).flatMap(([name, pid]) => (pid === undefined ? [] : [{ name, pid }]));
}

async function kafkaVersion(): Promise<string> {
  const own = treeOf(await readProcesses(), process.pid);
  const jar = own.map(({ commandLine }) => /kafka_2\.13-([\d.]+)\.jar/.exec(commandLine)?.[1]).find(Boolean);
  return jar ?? 'not started here';
}

/** @throws Error if the server may lose acknowledged commits in a crash, or does not record the times of commits */
async function postgresSettings(databaseUrl: string): Promise<Record<string, string>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const settings: Record<string, string> = {};
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes', 'track_commit_timestamp']) {
      const { rows } = await client.query<Record<string, string>>(`SHOW ${name}`);
      const value = rows[0]?.[name] ?? '';
      if (value !== 'on') {
        throw new Error(
          `Postgres has ${name}=${value}: unset DATABASE_URL, or set it to a server with production settings that records the times of commits`,
        );
      }
      settings[`postgres ${name}`] = value;
    }
    return settings;
  } finally {
    await client.end();
  }
}

/**
 * Reads settings without changing any: Kafka's flush interval stays as it is in production, because durability comes
 * from replication.
 */
async function kafkaSettings(brokers: string[]): Promise<Record<string, string>> {
  const client = createKafkaClient(
    { logger: createLogger('bench', 'warn') },
    { brokers, clientId: 'bench', prefix: '', partitions: 1 },
  );
  return withAdmin(client, async (admin) => {
    const { brokers: nodes } = await admin.describeCluster();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.BROKER,
          name: String(nodes[0]?.nodeId ?? ''),
          configNames: ['log.flush.interval.messages', 'min.insync.replicas'],
        },
      ],
    });
    const entries = resources[0]?.configEntries ?? [];
    return Object.fromEntries(
      entries.map(({ configName, configValue }) => [`kafka ${configName}`, configValue]),
    );
  });
}

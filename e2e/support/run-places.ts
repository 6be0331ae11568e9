import { allTopics } from '@hookline/shared/contracts/topics';
import { readRanges } from '@hookline/shared/kafka/consume/read-range';
import { redisContents } from '@hookline/testkit/redis-contents';
import { Client, escapeIdentifier } from 'pg';
import { request } from 'undici';
import type { Hookline } from './hookline.ts';
import type { SearchedPlace } from './secret-search.ts';

/** Collects everything that a run of Hookline left behind: each record, row, key, metric and log line. */
export async function placesOfRun(hookline: Hookline): Promise<SearchedPlace[]> {
  return [
    ...(await topicPlaces(hookline)),
    ...(await tablePlaces(hookline.databaseUrl)),
    ...(await redisPlaces(hookline.topics.prefix)),
    ...(await metricPlaces(hookline.operationsUrls)),
    ...hookline.logs.all.map((line) => ({ where: 'log', bytes: Buffer.from(line) })),
  ];
}

/** Reads the records of every topic: key, headers and the bytes of the value. */
async function topicPlaces({ topics }: Pick<Hookline, 'topics'>): Promise<SearchedPlace[]> {
  const places: SearchedPlace[] = [];
  const ranges = allTopics().flatMap((topic) =>
    Array.from({ length: topics.partitions }, (_, partition) => ({
      topic,
      partition,
      fromOffset: 0,
      fromTime: 0,
    })),
  );
  await readRanges(
    {
      client: topics.client,
      onRecord: ({ topic, partition, offset, key, value, headers }) => {
        const parts = [key, value, Buffer.from(JSON.stringify(headers))].filter((part) => part !== null);
        places.push({ where: `topic ${topic.name}/${partition}@${offset}`, bytes: Buffer.concat(parts) });
      },
    },
    ranges,
  );
  return places;
}

/** Reads the rows of every table as text formatted by the database, and also the bytes of each binary column. */
async function tablePlaces(databaseUrl: string): Promise<SearchedPlace[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ table_schema: string; table_name: string }>(
      `SELECT table_schema, table_name FROM information_schema.tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const places: SearchedPlace[] = [];
    for (const { table_schema: schema, table_name: name } of tables) {
      const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
      const { rows } = await client.query<Record<string, unknown>>(
        `SELECT one.*, one::text AS as_text, row_to_json(one)::text AS as_json FROM ${table} AS one`,
      );
      for (const row of rows) {
        const parts = Object.values(row).flatMap(bytesOf);
        places.push({ where: `table ${name}`, bytes: Buffer.concat(parts) });
      }
    }
    return places;
  } finally {
    await client.end();
  }
}

function bytesOf(value: unknown): Buffer[] {
  if (Array.isArray(value)) return value.flatMap(bytesOf);
  if (Buffer.isBuffer(value)) return [value];
  return typeof value === 'string' ? [Buffer.from(value)] : [];
}

/** Reads the Redis keys of a deployment and everything that they contain. */
async function redisPlaces(prefix: string): Promise<SearchedPlace[]> {
  return (await redisContents(prefix)).map(({ key, parts }) => ({
    where: `redis ${key.slice(prefix.length)}`,
    bytes: Buffer.concat([key, ...parts].map((part) => Buffer.from(part as string))),
  }));
}

async function metricPlaces(operationsUrls: readonly string[]): Promise<SearchedPlace[]> {
  return Promise.all(
    operationsUrls.map(async (url) => {
      const answer = await request(`${url}/metrics`);
      const text = await answer.body.text();
      const service = /service="([^"]+)"/.exec(text)?.[1] ?? url;
      return { where: `metrics of ${service}`, bytes: Buffer.from(text) };
    }),
  );
}

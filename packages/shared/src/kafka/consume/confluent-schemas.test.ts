/**
 * Reads Confluent's wire format with a registry on loopback that responds as documented for the REST API of Confluent's
 * registry.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fullEvents } from '@hookline/testkit/full-events';
import { parseSchema } from '../../contracts/avro-types.ts';
import { publishedSchemas } from '../../contracts/schema-catalogue.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createKafkaClient } from '../client/kafka-client.ts';
import { ConfluentSchemas } from './confluent-schemas.ts';
import { createSchemaRegistry } from './schema-registry.ts';

const logger = createLogger('test', 'silent');
const SAMPLE = fullEvents().WebhookRequested;
const SCHEMA = (publishedSchemas('WebhookRequested').at(-1) ?? '').replace('hookline.events', 'com.acme');

type Answer = [status: number, body: unknown];
interface FakeRegistry {
  url: string;
  /** Requested paths, each with its credentials. */
  requests: string[];
}

const open: { close(): unknown }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Starts a registry that returns these responses one after another, and then repeats the last response. */
async function startRegistry(answers: Answer[], port = 0): Promise<FakeRegistry> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.authorization ?? ''}`.trim());
    const [status, body] = answers[Math.min(requests.length, answers.length) - 1] ?? [500, null];
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
    response.end(JSON.stringify(body));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  open.push({ close: () => server.close().closeAllConnections() });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function decoder(url: string): { schemas: ConfluentSchemas; decode: (bytes: Buffer) => Promise<object> } {
  const schemas = new ConfluentSchemas({ logger, now: Date.now }, { url, firstPauseMs: 1 });
  open.push({ close: () => schemas.stop() });
  // Records in this format require nothing from Kafka, so the `SchemaRegistry` is not started.
  const client = createKafkaClient(
    { logger },
    { brokers: ['127.0.0.1:1'], prefix: '', partitions: 1, clientId: 'test' },
  );
  const registry = createSchemaRegistry({ client, confluent: schemas });
  return { schemas, decode: async (bytes) => ({ ...(await registry.decode('WebhookRequested', bytes)) }) };
}

function framed(id: number): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, parseSchema(SCHEMA).toBuffer(SAMPLE)]);
}

describe("a record in Confluent's wire format", () => {
  it('is read with the schema of its id, which is looked up once for all records with that id', async () => {
    const registry = await startRegistry([[200, { schema: SCHEMA }]]);
    const { decode } = decoder(registry.url);
    const records = [1, 2, 3].map(() => decode(framed(70_000)));
    expect(await Promise.all(records)).toEqual([SAMPLE, SAMPLE, SAMPLE]);
    expect(await decode(framed(70_000))).toEqual(SAMPLE);
    expect(registry.requests).toEqual(['/schemas/ids/70000']);
  });

  it("has its schema looked up with the user, the password and the path of the registry's address", async () => {
    const registry = await startRegistry([[200, { schema: SCHEMA, schemaType: 'AVRO' }]]);
    const { decode } = decoder(`${registry.url.replace('//', '//me:p%40ss@')}/apis/ccompat/v7`);
    await decode(framed(1));
    const credentials = Buffer.from('me:p@ss').toString('base64');
    expect(registry.requests).toEqual([`/apis/ccompat/v7/schemas/ids/1 Basic ${credentials}`]);
  });

  it.each<[string, Answer]>([
    ['is overloaded', [503, {}]],
    ['rejects the credentials', [401, { error_code: 401 }]],
    ['responds with something other than a schema', [200, { hello: 'world' }]],
  ])('waits while the registry %s', async (_, answer) => {
    const registry = await startRegistry([answer, answer, [200, { schema: SCHEMA }]]);
    expect(await decoder(registry.url).decode(framed(1))).toEqual(SAMPLE);
    expect(registry.requests).toHaveLength(3);
  });

  it('waits for a registry that is not running yet', async () => {
    const first = await startRegistry([]);
    open.splice(0).forEach((one) => one.close());
    const record = decoder(first.url).decode(framed(1));
    const registry = await startRegistry([[200, { schema: SCHEMA }]], Number(new URL(first.url).port));
    expect(await record).toEqual(SAMPLE);
    expect(registry.requests).toHaveLength(1);
  });

  it.each<[string, Answer, string]>([
    ['has no such schema', [404, { error_code: 40403 }], 'unknown_schema'],
    ['has a schema that is not Avro', [200, { schema: '{}', schemaType: 'JSON' }], 'incompatible_schema'],
    [
      'has a schema that refers to other schemas',
      [200, { schema: SCHEMA, references: [{}] }],
      'incompatible_schema',
    ],
    ['has no valid schema', [200, { schema: '{"type":"recor' }], 'incompatible_schema'],
    ['has a schema of another event', [200, { schema: '"string"' }], 'incompatible_schema'],
  ])('is rejected if the registry %s', async (_, answer, code) => {
    const registry = await startRegistry([answer]);
    const { decode } = decoder(registry.url);
    for (const bytes of [framed(1), framed(1)]) {
      await expect(decode(bytes)).rejects.toMatchObject({ name: 'DecodeError', code });
    }
    expect(registry.requests).toHaveLength(1);
  });

  it('is left to the next owner if the process stops while the registry is unreachable', async () => {
    const registry = await startRegistry([[503, {}]]);
    const { schemas, decode } = decoder(registry.url);
    const record = decode(framed(1));
    schemas.stop();
    await expect(record).rejects.toMatchObject({ name: 'StoppingError' });
  });
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from '../compose.ts';
import { readConfig } from '../config.ts';
import { NAMED_SCHEMAS } from './named-schemas.ts';
import { SCHEMA_EXAMPLES } from './openapi-examples.ts';
import { createValidatorCompiler } from './validator.ts';

interface Content {
  content?: Record<string, { schema: { $ref?: string } }>;
}

interface Operation {
  operationId?: string;
  requestBody?: Content;
  parameters?: { in: string; name: string }[];
  responses: Record<string, Content & { headers?: object }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { examples?: unknown[] }> };
}

const VERBS =
  'abort|cancel|change|compare|copy|create|delete|discard|get|list|pause|plan|preview|publish|redrive|replace|replay|republish|request|reset|restore|resume|revoke|rotate|save|start|suspend|test';

let document: Document;
let operations: { name: string; operation: Operation }[];

beforeAll(async () => {
  const config = readConfig({
    KAFKA_BROKERS: '127.0.0.1:1',
    DATABASE_URL: 'postgres://hookline@127.0.0.1:1/none',
    REDIS_URL: 'redis://127.0.0.1:1',
    HOOKLINE_MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    HOOKLINE_ADMIN_KEY: 'an-admin-key-that-nobody-uses-anywhere',
    HOOKLINE_LOCAL: '1',
  });
  const logger = createLogger('config-api', 'info', { write: () => undefined });
  const api = await compose({ logger }, config);
  document = (await api.openApiDocument()) as Document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
});

describe('the OpenAPI document', () => {
  it('has version 3.1 and lists the operations', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(operations.length).toBeGreaterThan(20);
  });

  it('has an operationId with a verb and an object for every operation; set it in the route schema', () => {
    const pattern = new RegExp(`^(?:${VERBS})[A-Z][A-Za-z]+$`);
    const unnamed = operations.filter(({ operation }) => !pattern.test(operation.operationId ?? ''));
    expect(unnamed.map(({ name }) => name)).toEqual([]);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names the schemas of all bodies and responses; add missing ones to http/named-schemas.ts', () => {
    const unnamed = operations.flatMap(({ name, operation: { requestBody, responses } }) => {
      const parts = Object.entries({ body: requestBody ?? {}, ...responses });
      return parts.flatMap(([part, { content = {} }]) =>
        Object.values(content)
          .filter(({ schema }) => !schema.$ref?.startsWith('#/components/schemas/'))
          .map(() => `${name} ${part}`),
      );
    });
    expect(unnamed).toEqual([]);
  });

  it('uses each name in NAMED_SCHEMAS', () => {
    const text = JSON.stringify(document);
    const used = (name: string): boolean => text.includes(`"#/components/schemas/${name}"`);
    expect(Object.keys(NAMED_SCHEMAS).filter((name) => !used(name))).toEqual([]);
  });

  it('describes the Idempotency-Key of every POST and the links of every paged list', () => {
    const parametersOf = ({ parameters = [] }: Operation): string[] => parameters.map(({ name }) => name);
    const posts = operations.filter(({ name }) => name.startsWith('POST '));
    expect(posts.filter(({ operation }) => !parametersOf(operation).includes('idempotency-key'))).toEqual([]);
    for (const { operation } of posts) {
      const success = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      for (const [, { headers }] of success) expect(headers).toHaveProperty('Idempotent-Replayed');
    }
    const lists = operations.filter(({ operation }) => parametersOf(operation).includes('cursor'));
    expect(lists.length).toBeGreaterThan(4);
    for (const { operation } of lists) expect(operation.responses['200']?.headers).toHaveProperty('Link');
  });

  it('has an example for every body; add missing ones to http/openapi-examples.ts', () => {
    const bodies = operations.flatMap(({ operation }) => Object.values(operation.requestBody?.content ?? {}));
    const names = bodies.map(({ schema }) => schema.$ref?.replace(/^.*\//, '') ?? '');
    expect(names.filter((name) => !document.components.schemas[name]?.examples?.[0])).toEqual([]);
  });

  it.each(Object.keys(SCHEMA_EXAMPLES))('has a valid example of %s', (name) => {
    expect(document.components.schemas[name]?.examples).toEqual([SCHEMA_EXAMPLES[name]]);
    const schema = NAMED_SCHEMAS[name];
    if (!schema) return;
    const validate = createValidatorCompiler()({ schema, httpPart: 'body', method: 'POST', url: '/' });
    expect({ valid: validate(SCHEMA_EXAMPLES[name]), errors: validate.errors ?? [] }).toEqual({
      valid: true,
      errors: [],
    });
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A JSON Schema with the keywords that the requests of tenant-matrix.test.ts are built from. */
export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  examples?: unknown[];
}

interface Parameter {
  in: 'path' | 'query' | 'header';
  name: string;
  schema: Schema;
}

/** An operation of the OpenAPI document. */
export interface Operation {
  /** Method and path, such as `GET /api/v1/api-keys`. */
  name: string;
  method: string;
  path: string;
  parameters: Parameter[];
  /** Null if the operation has no body. */
  body: Schema | null;
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      Partial<Omit<Operation, 'body'>> & { requestBody?: { content: Record<string, { schema: Schema }> } }
    >
  >;
  components: { schemas: Record<string, Schema> };
}

// tools/reference.test.ts compares the committed document with the code.
const FILE = join(import.meta.dirname, '../../../../../docs/reference/openapi.json');

/**
 * A stream stays open for up to 15 minutes, so it has separate tests. live/execution-streams.test.ts shows that no data
 * of another account is sent.
 */
const STREAMS = ['GET /api/v1/webhook-executions/stream'];

/** Reads every operation of the committed OpenAPI document, except streams. */
export function readOperations(): Operation[] {
  const { paths, components } = JSON.parse(readFileSync(FILE, 'utf8')) as Document;
  const resolve = (schema: Schema): Schema => {
    const name = schema.$ref?.replace('#/components/schemas/', '');
    const found = name === undefined ? schema : components.schemas[name];
    if (!found) throw new Error(`${schema.$ref} is not in the document`);
    return found;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([lowerCase, { parameters = [], requestBody }]) => {
      const method = lowerCase.toUpperCase();
      const [content] = Object.values(requestBody?.content ?? {});
      const body = content ? resolve(content.schema) : null;
      return { name: `${method} ${path}`, method, path, parameters, body };
    }),
  );
  return operations.filter(({ name }) => !STREAMS.includes(name));
}

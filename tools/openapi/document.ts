/** The parts of an OpenAPI 3.1 document that the comparison reads. */
export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Operation {
  operationId?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}

export interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  schema?: Schema;
}

/** Schemas of a body by media type. */
export type Content = Record<string, { schema?: Schema }>;

/** A JSON Schema, with the keywords that this API uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  enum?: unknown[];
  [keyword: string]: unknown;
}

const SCHEMAS = '#/components/schemas/';

/** Follows the references of a schema within its document. */
export function resolveSchema(document: OpenApiDocument, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const found = document.components?.schemas?.[schema.$ref.slice(SCHEMAS.length)];
  if (!schema.$ref.startsWith(SCHEMAS) || !found) throw new Error(`${schema.$ref} is not in the document`);
  return resolveSchema(document, found);
}

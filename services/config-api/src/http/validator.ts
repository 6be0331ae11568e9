import { Ajv, type Options } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';

const OPTIONS = {
  strict: true,
  // All field errors at once; bodies are bounded, and so is the list that is answered.
  allErrors: true,
  // Errors carry the schema they are about, whose range a message names.
  verbose: true,
  removeAdditional: false,
  useDefaults: false,
  formats: { 'date-time': isTimestamp },
} satisfies Options;

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** RFC 3339 that JavaScript can read too, which leaves out leap seconds. */
function isTimestamp(text: string): boolean {
  return RFC_3339.test(text) && !Number.isNaN(Date.parse(text));
}

/**
 * Compiles request schemas. Only query strings are coerced, where everything is text; a body means what it says
 * (`"5"` is not a number).
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const exact = new Ajv({ ...OPTIONS, coerceTypes: false });
  // "Infinity" is coerced too; with strictNumbers ajv would then skip the bounds.
  const coercing = new Ajv({ ...OPTIONS, coerceTypes: true, strictNumbers: false });
  return ({ schema, httpPart }) => (httpPart === 'querystring' ? coercing : exact).compile(schema);
}

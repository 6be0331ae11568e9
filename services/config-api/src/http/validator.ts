import { Ajv, type Options, type ValidateFunction } from 'ajv';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { schemaFieldErrors } from './field-errors.ts';
import { validate as isUuid } from 'uuid';

const OPTIONS = {
  strict: true,
  // Reports all field errors together. This is safe, because the size of a body and the number of reported errors are
  // bounded.
  allErrors: true,
  // Adds the schema to errors, because the message contains its range.
  verbose: true,
  removeAdditional: false,
  useDefaults: false,
  formats: { 'date-time': isTimestamp, uuid: isUuid },
} satisfies Options;

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** Returns a function that lists the errors in a part of a body. */
export function shapeErrorsOf(schema: object): (value: unknown) => FieldError[] {
  const check = compileBody(schema);
  return (value) =>
    check(value) ? [] : schemaFieldErrors((check.errors ?? []) as FastifySchemaValidationError[]);
}

/** Compiles the schema of a body, or of a part of a body. */
export function compileBody(schema: object): ValidateFunction {
  return new Ajv({ ...OPTIONS, coerceTypes: false }).compile(schema);
}

/** Accepts RFC 3339 times that JavaScript can parse, which excludes leap seconds. */
function isTimestamp(text: string): boolean {
  return RFC_3339.test(text) && !Number.isNaN(Date.parse(text));
}

/**
 * Compiles request schemas. Only values of query strings are coerced, because all of them are text; in a body, `"5"` is
 * not a number.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const exact = new Ajv({ ...OPTIONS, coerceTypes: false });
  // "Infinity" is coerced too, and with strictNumbers ajv would then skip the bounds. A single value of a repeatable
  // parameter becomes an array.
  const coercing = new Ajv({ ...OPTIONS, coerceTypes: 'array', strictNumbers: false });
  return ({ schema, httpPart }) => (httpPart === 'querystring' ? coercing : exact).compile(schema);
}

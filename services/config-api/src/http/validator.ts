import { Ajv, type Options, type ValidateFunction } from 'ajv';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { schemaFieldErrors } from './field-errors.ts';
import { validate as isUuid } from 'uuid';

const OPTIONS = {
  strict: true,
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
  return (value) => (check(value) ? [] : schemaFieldErrors(check.errors ?? []));
}

/** A compiled schema, in the form that Fastify calls. */
interface Check {
  (value: unknown): boolean;
  /** Errors of the last value; null if there were none. */
  errors: FastifySchemaValidationError[] | null;
}

/**
 * Maximum number of values in a body for which every error is listed. For a larger body, only the first error is
 * listed, because listing every error in a megabyte of wrong values blocks the event loop, and so all accounts, for a
 * third of a second.
 */
const MAX_VALUES_WITH_ALL_ERRORS = 10_000;

/** Error of the whole body. Later checks skip such a body, because they need to know every wrong field. */
const NOT_ALL: FastifySchemaValidationError = {
  keyword: 'allErrors',
  instancePath: '',
  schemaPath: '',
  params: {},
  message: `may have more errors; all of them are listed only if the body has at most ${MAX_VALUES_WITH_ALL_ERRORS} values`,
};

// Shared by all schemas, because creating an instance takes as long as compiling twenty schemas.
const first = new Ajv({ ...OPTIONS, coerceTypes: false });
const all = new Ajv({ ...OPTIONS, allErrors: true, coerceTypes: false });

/**
 * Compiles the schema of a body, or of a part of a body. The check that lists all errors is compiled when it is first
 * needed, because most bodies are valid, and starting would take longer.
 */
export function compileBody(schema: object): Check {
  const checkFirst = first.compile(schema);
  let checkAll: ValidateFunction | undefined;
  const errorsOf = (value: unknown): FastifySchemaValidationError[] | null => {
    if (checkFirst(value)) return null;
    if (!hasAtMost(MAX_VALUES_WITH_ALL_ERRORS, value))
      return [...((checkFirst.errors ?? []) as FastifySchemaValidationError[]), NOT_ALL];
    checkAll ??= all.compile(schema);
    checkAll(value);
    return (checkAll.errors ?? []) as FastifySchemaValidationError[];
  };
  const check: Check = Object.assign(
    (value: unknown) => {
      check.errors = errorsOf(value);
      return check.errors === null;
    },
    { errors: null },
  );
  return check;
}

/** Whether a JSON value contains at most `max` values, itself included. Visits no more values than that. */
function hasAtMost(max: number, value: unknown): boolean {
  const left = [value];
  for (let seen = 0; left.length > 0; seen++) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    const inside: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (seen + left.length + inside.length >= max) return false;
    for (const one of inside) left.push(one);
  }
  return true;
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
  // "Infinity" is coerced too, and with strictNumbers ajv would then skip the bounds. A single value of a repeatable
  // parameter becomes an array.
  const coercing = new Ajv({ ...OPTIONS, allErrors: true, coerceTypes: 'array', strictNumbers: false });
  return ({ schema, httpPart }) =>
    httpPart === 'querystring' ? coercing.compile(schema) : compileBody(schema);
}

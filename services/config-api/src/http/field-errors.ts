import { EXTERNAL_ID_PATTERN } from '@hookline/shared/contracts/canonical-id';
import { rangeText } from '@hookline/shared/contracts/limits';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { FastifySchemaValidationError } from 'fastify';

/**
 * Maximum number of errors that are reported. A body can have thousands of errors, and a longer list would not help the
 * caller.
 */
const MAX_ERRORS = 100;

/** Converts ajv's errors to field errors: dotted paths (`auth_config.token`), one error per field and reason. */
export function schemaFieldErrors(found: readonly FastifySchemaValidationError[]): FieldError[] {
  const errors = new Map<string, FieldError>();
  for (const error of found) {
    // A value that fails "null or X" causes three errors, of which only the error about X explains the problem.
    if (error.keyword === 'anyOf' || (error.keyword === 'type' && error.params['type'] === 'null')) continue;
    const fieldError = { field: fieldOf(error), message: messageOf(error) };
    errors.set(`${fieldError.field}\n${fieldError.message}`, fieldError);
    if (errors.size === MAX_ERRORS) break;
  }
  return [...errors.values()];
}

function fieldOf({ instancePath, params }: FastifySchemaValidationError): string {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const inside = params['missingProperty'] ?? params['additionalProperty'];
  return (typeof inside === 'string' ? [...path, inside] : path).join('.').slice(0, 300);
}

function messageOf(error: FastifySchemaValidationError): string {
  const { keyword, params, message = 'is not valid' } = error;
  const range = rangeOf(error);
  if (keyword === 'required') return 'is required';
  if (keyword === 'additionalProperties') return 'is not a known field';
  if (keyword === 'enum') return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  if (range !== null) return `must be ${range}`;
  if (keyword === 'pattern') return patternMessage(String(params['pattern']));
  return message;
}

/**
 * Does not quote the pattern, because a regular expression does not help most readers; the documentation of the field
 * describes what is accepted.
 */
function patternMessage(pattern: string): string {
  return pattern === EXTERNAL_ID_PATTERN
    ? 'must have 1 to 200 characters, without control characters, and must not be "." or ".."'
    : 'is empty, too long, or contains a character that is not allowed here; see the documentation of the field';
}

/**
 * Returns the range of a number in words if its schema has a range, because the range helps more than the exceeded
 * bound alone.
 */
function rangeOf(error: FastifySchemaValidationError): string | null {
  if (!['type', 'minimum', 'maximum'].includes(error.keyword)) return null;
  // The option `verbose` sets `parentSchema`; Fastify's type omits it.
  const { parentSchema } = error as {
    parentSchema?: { type?: unknown; minimum?: unknown; maximum?: unknown };
  };
  const { type, minimum, maximum } = parentSchema ?? {};
  if (typeof minimum !== 'number' || typeof maximum !== 'number') return null;
  return rangeText({ min: minimum, max: maximum, whole: type === 'integer' });
}

import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { FastifySchemaValidationError } from 'fastify';

/** A body can be wrong in as many places as it has bytes; nobody reads more than these. */
const MAX_ERRORS = 100;

/**
 * What ajv found, as field errors: paths with dots (`auth_config.token`), one line per field and reason.
 */
export function schemaFieldErrors(found: readonly FastifySchemaValidationError[]): FieldError[] {
  const errors = new Map<string, FieldError>();
  for (const error of found) {
    // "null or X" fails three ways; the one about X says what is meant.
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

function messageOf({ keyword, params, message = 'does not fit' }: FastifySchemaValidationError): string {
  if (keyword === 'required') return 'is required';
  if (keyword === 'additionalProperties') return 'is not a known field';
  if (keyword === 'enum') return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  return message;
}

import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { FastifyRequest } from 'fastify';
import { schemaFieldErrors } from './field-errors.ts';

/** A request body as received, with the errors found by the schema. */
export interface Submission {
  body: unknown;
  shapeErrors: readonly FieldError[];
}

/**
 * Returns the body of a request to a route with `attachValidation`, with the schema's errors about it; errors about
 * other parts are rethrown.
 */
export function submission({ body, validationError }: FastifyRequest): Submission {
  if (validationError && validationError.validationContext !== 'body') throw validationError;
  return { body, shapeErrors: schemaFieldErrors(validationError?.validation ?? []) };
}

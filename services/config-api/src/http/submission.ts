import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { FastifyRequest } from 'fastify';
import { schemaFieldErrors } from './field-errors.ts';

/** A request body as received, with the errors that the schema found. */
export interface Submission {
  body: unknown;
  shapeErrors: readonly FieldError[];
}

/**
 * Returns the body of a request to a route with `attachValidation`, with the schema's errors about the body. Rethrows
 * errors about other parts.
 */
export function submission({ body, validationError }: FastifyRequest): Submission {
  if (validationError && validationError.validationContext !== 'body') throw validationError;
  return { body, shapeErrors: schemaFieldErrors(validationError?.validation ?? []) };
}

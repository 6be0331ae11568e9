import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { FastifyRequest } from 'fastify';
import { schemaFieldErrors } from './field-errors.ts';

/** A body as it came, with what the schema found wrong with it. */
export interface Submission {
  body: unknown;
  shapeErrors: readonly FieldError[];
}

/**
 * What came in on a route with `attachValidation`, with the schema's findings about the body; those about anything else
 * are thrown on.
 */
export function submission({ body, validationError }: FastifyRequest): Submission {
  if (validationError && validationError.validationContext !== 'body') throw validationError;
  return { body, shapeErrors: schemaFieldErrors(validationError?.validation ?? []) };
}

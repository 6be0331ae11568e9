import type { FastifyRequest } from 'fastify';
import type { Submission } from '../actions/check-action.ts';
import { schemaFieldErrors } from './field-errors.ts';

/**
 * Returns the body of a request to a route with `attachValidation`, with the schema's errors about it; errors about
 * anything else are rethrown.
 */
export function submission({ body, validationError }: FastifyRequest): Submission {
  if (validationError && validationError.validationContext !== 'body') throw validationError;
  return { body, shapeErrors: schemaFieldErrors(validationError?.validation ?? []) };
}

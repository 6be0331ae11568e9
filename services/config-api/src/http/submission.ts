import type { FastifyRequest } from 'fastify';
import type { Submission } from '../actions/check-action.ts';
import { schemaFieldErrors } from './field-errors.ts';

/**
 * What came in on a route with `attachValidation`, with the schema's findings about the body; those about anything else
 * are thrown on.
 */
export function submission({ body, validationError }: FastifyRequest): Submission {
  if (validationError && validationError.validationContext !== 'body') throw validationError;
  return { body, shapeErrors: schemaFieldErrors(validationError?.validation ?? []) };
}

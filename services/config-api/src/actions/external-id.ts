import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { Submission } from '../http/submission.ts';
import { isActionId } from './action-id.ts';
import { faultyFields } from './definition-input.ts';

/** A submission without its external_id, and the external_id itself, which is null if missing or malformed. */
interface ChosenId {
  submission: Submission;
  externalId: string | null;
}

/**
 * Extracts the external_id from the body of a new action. A UUID is rejected, because in a path it would be read as the
 * id of an action.
 */
export function externalIdOf({ body, shapeErrors }: Submission): ChosenId {
  const faulty = faultyFields(shapeErrors);
  if (faulty.has('')) return { submission: { body, shapeErrors }, externalId: null };
  const { external_id: chosen = null, ...rest } = body as { external_id?: string | null };
  if (chosen === null || faulty.has('external_id'))
    return { submission: { body: rest, shapeErrors }, externalId: null };
  const errors: FieldError[] = isActionId(chosen)
    ? [{ field: 'external_id', message: 'must not be a UUID, because Hookline chooses UUIDs as ids' }]
    : [];
  return { submission: { body: rest, shapeErrors: [...shapeErrors, ...errors] }, externalId: chosen };
}

/** Adds the external_id from the path of a new action. */
export function withExternalId({ body, shapeErrors }: Submission, externalId: string | null): Submission {
  if (faultyFields(shapeErrors).has('')) return { body, shapeErrors };
  return { body: { ...(body as object), external_id: externalId }, shapeErrors };
}

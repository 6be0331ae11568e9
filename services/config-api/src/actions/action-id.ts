import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import { v5 as uuidV5, validate as isUuid } from 'uuid';

/** Must never change: an account and an external_id must yield the same id in every instance and release. */
const ACTION_NAMESPACE = '0d6a52c1-7e0b-4f1c-9a55-2f8f4f0b6c37';

/**
 * Returns the id of an action that a customer identifies by its id or by an `external_id`. For an `external_id` this is
 * a UUIDv5 (RFC 9562, section 5.5) of account and `external_id`, so accounts cannot take or find each other's ids (ADR
 * 37).
 */
export function actionIdOf(accountId: string, idOrExternalId: string): string {
  return isActionId(idOrExternalId)
    ? canonicalId(idOrExternalId)
    : uuidV5(JSON.stringify([accountId, idOrExternalId]), ACTION_NAMESPACE);
}

/** Whether a text has the form of an action's id, so that it cannot be an `external_id`. */
export function isActionId(text: string): boolean {
  const canonical = canonicalId(text);
  // Includes texts that Postgres or a client could read as a UUID although RFC 9562 does not define their version or
  // variant.
  return isUuid(canonical) || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(canonical);
}

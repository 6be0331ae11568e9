import { textsOf } from '../lists/text-search.ts';

const ACTORS = ['api_key', 'person', 'portal', 'admin', 'system'] as const;
export const AUDIT_TEXTS = ['action', 'target', 'key_id', 'from', 'to'] as const;

/** Filter of the audit log. The query strings of the page and of the API request use the same names. */
interface AuditSearch extends Partial<Record<(typeof AUDIT_TEXTS)[number], string>> {
  actor?: (typeof ACTORS)[number];
}

export function readAuditSearch(raw: Record<string, unknown>): AuditSearch {
  const actor = ACTORS.find((known) => known === raw['actor']);
  return { ...textsOf(raw, AUDIT_TEXTS), ...(actor && { actor }) };
}

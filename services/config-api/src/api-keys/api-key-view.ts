import type { ApiKey } from '@hookline/shared/contracts/rest/api-keys';
import { isoTime, isoTimeOrNull } from '../http/iso-time.ts';
import type { StoredApiKey } from './stored-api-key.ts';

/** Converts a key to its API form, without its hash. */
export function apiKeyView(key: StoredApiKey): ApiKey {
  return {
    id: key.id,
    account_id: key.accountId,
    name: key.name,
    scopes: [...key.scopes],
    created_at: isoTime(key.createdAt),
    last_used_at: isoTimeOrNull(key.lastUsedAt),
    expires_at: isoTimeOrNull(key.expiresAt),
  };
}

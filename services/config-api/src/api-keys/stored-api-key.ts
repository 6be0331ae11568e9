import type { Scope } from '@hookline/shared/contracts/rest/api-keys';

/** An API key as stored, which does not include the key itself. Times are epoch ms. */
export interface StoredApiKey {
  id: string;
  accountId: string;
  keyHash: Buffer;
  name: string;
  scopes: readonly Scope[];
  createdAt: number;
  lastUsedAt: number | null;
  /** Time from which the key is invalid; null if it does not expire. */
  expiresAt: number | null;
}

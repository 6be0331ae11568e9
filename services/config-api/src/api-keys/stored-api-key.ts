import type { Scope } from '@hookline/shared/contracts/rest/api-keys';

/** An API key as stored: everything except the key itself. Times are epoch ms. */
export interface StoredApiKey {
  id: string;
  accountId: string;
  keyHash: Buffer;
  name: string;
  scopes: readonly Scope[];
  createdAt: number;
  lastUsedAt: number | null;
  /** The key is invalid from then on; null if it does not expire. */
  expiresAt: number | null;
}

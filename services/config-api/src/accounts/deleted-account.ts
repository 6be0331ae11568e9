import type { DeletedAccount } from '@hookline/shared/contracts/rest/accounts';
import { isoTime, isoTimeOrNull } from '../http/iso-time.ts';

/** A deleted account, as stored. Times are epoch ms. */
export interface StoredDeletedAccount {
  id: string;
  deletedAt: number;
  /** Time at which all its rows were found to be removed; null while a table may still contain some. */
  emptiedAt: number | null;
}

export function deletedAccountView({ id, deletedAt, emptiedAt }: StoredDeletedAccount): DeletedAccount {
  return { id, deleted_at: isoTime(deletedAt), emptied_at: isoTimeOrNull(emptiedAt) };
}

import type { Account } from '@hookline/shared/contracts/rest/accounts';
import { isoTime } from '../http/iso-time.ts';
import type { StoredAccount } from './stored-account.ts';

export function accountView({ id, name, createdAt }: StoredAccount): Account {
  return { id, name, created_at: isoTime(createdAt) };
}

import { endpointNameOf } from '@hookline/template/endpoint-name';
import type { DataSource, EntityManager } from 'typeorm';
import type { StoredSettings } from '../accounts/account-settings.ts';
import { type AuditEntry, recordAudit } from '../audit/record-audit.ts';
import type { AccountPauses } from '../endpoints/account-pauses.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import type { AccountTurns } from '../quotas/account-turns.ts';
import { accountSettingsEntity } from './entities.ts';
import { insertRecords } from './insert-records.ts';

/** Values to write for a change of the customer's pauses. */
interface PauseChange {
  byAccount: readonly string[];
  record: OutboxRecord;
  audit: AuditEntry;
}

/** Reads the pauses that affect an account, and changes those that the account set itself. */
export interface EndpointPauseStore {
  find(accountId: string): Promise<AccountPauses>;
  /**
   * Changes the pauses and, in the same transaction, writes the record that announces them and the audit log entry.
   * @param change returns null to change nothing, or throws to reject the change
   * @returns the pauses afterwards
   */
  change(
    accountId: string,
    change: (current: AccountPauses, settings: StoredSettings) => PauseChange | null,
  ): Promise<AccountPauses>;
  /** Writes the audit log entry of an operation that does not change the pauses. */
  recordAudit(entry: AuditEntry): Promise<void>;
}

export function createEndpointPauseStore({
  source,
  turns,
}: {
  source: DataSource;
  turns: Pick<AccountTurns, 'run'>;
}): EndpointPauseStore {
  return {
    find: (accountId) => readPauses(source.manager, accountId).then(({ pauses }) => pauses),
    change: (accountId, change) =>
      turns.run(accountId, () =>
        source.transaction(async (manager) => {
          await lockPauses(manager, accountId);
          const { pauses, settings } = await readPauses(manager, accountId);
          const made = settings && change(pauses, settings);
          if (!made) return pauses;
          const { byAccount, record, audit } = made;
          await manager.query(
            'UPDATE account_settings SET customer_paused_endpoints = $2, updated_at = now() WHERE account_id = $1',
            [accountId, byAccount],
          );
          await insertRecords(manager, [record]);
          await recordAudit(manager, audit);
          return { ...pauses, byAccount };
        }),
      ),
    recordAudit: (entry) => recordAudit(source.manager, entry),
  };
}

/**
 * Locks the settings of an account until the end of the transaction, so that their records are in the order of the
 * changes.
 * @returns the endpoints that the customer paused; null if there is no such account
 */
export async function lockPauses(manager: EntityManager, accountId: string): Promise<string[] | null> {
  const rows: { paused: string[] }[] = await manager.query(
    'SELECT customer_paused_endpoints AS paused FROM account_settings WHERE account_id = $1 FOR UPDATE',
    [accountId],
  );
  return rows[0]?.paused ?? null;
}

async function readPauses(
  manager: EntityManager,
  accountId: string,
): Promise<{ pauses: AccountPauses; settings: StoredSettings | null }> {
  const row = await manager.getRepository(accountSettingsEntity).findOneBy({ accountId });
  const rows: { paused: string[] }[] = await manager.query(
    'SELECT customer_paused_endpoints AS paused FROM account_settings WHERE account_id = $1',
    [accountId],
  );
  // Settings from earlier releases may contain endpoints that are not in canonical form.
  const byOperator = (row?.pausedEndpoints ?? []).map((text) => endpointNameOf(text) ?? text);
  return {
    pauses: { byAccount: rows[0]?.paused ?? [], byOperator, suspended: row?.suspended ?? false },
    settings: row && { ...row, updatedAt: row.updatedAt.getTime() },
  };
}

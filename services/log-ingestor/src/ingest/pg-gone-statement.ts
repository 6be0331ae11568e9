import type { WebhookAttempt } from '@hookline/shared/contracts/events';
import { type Column, unnestColumns } from './pg-columns.ts';

/** Records the webhooks whose endpoint responded with 410 Gone; config-api pauses them (ADR 34). */

const GONE = 410;

/** Whether this was the last attempt and it failed with the response 410 Gone. */
export function isGone({ status, response, nextAttemptAt }: WebhookAttempt): boolean {
  return status !== 'success' && response?.status === GONE && nextAttemptAt === null;
}

export const GONE_COLUMNS: readonly Column<WebhookAttempt>[] = [
  ['account_id', 'id', (row) => row.accountId],
  ['action_id', 'id', (row) => row.actionId],
  ['definition_version', 'bigint', (row) => row.definitionVersion],
];

/** Keeps the newest version for each action. The rows are sorted, so that two writers cannot deadlock. */
export const NOTE_GONE = `
  INSERT INTO gone_webhooks (account_id, action_id, definition_version)
  SELECT account_id, action_id, max(definition_version)
    FROM ${unnestColumns(GONE_COLUMNS)} AS gone (account_id, action_id, definition_version)
   GROUP BY account_id, action_id
   ORDER BY account_id, action_id
  ON CONFLICT (account_id, action_id) DO UPDATE
    SET definition_version = greatest(gone_webhooks.definition_version, excluded.definition_version)
`;

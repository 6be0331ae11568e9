import type { EntityManager } from 'typeorm';
import type { ActionSummary } from '../actions/stored-action.ts';
import type { Page } from '../http/page.ts';

interface SummaryRow extends Omit<ActionSummary, 'graceUntil' | 'createdAt' | 'updatedAt' | 'version'> {
  version: string;
  graceUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** Reads one page of a workflow's actions without the columns that may be large; a template may be up to 1 MiB. */
export async function listActions(
  manager: EntityManager,
  { accountId, workflowId, page }: { accountId: string; workflowId: string; page: Page },
): Promise<ActionSummary[]> {
  const after = page.after && [new Date(page.after.key), page.after.id];
  const rows = await manager.query<SummaryRow[]>(
    `SELECT ${COLUMNS} FROM webhook_definitions
      WHERE account_id = $1 AND workflow_id = $2 AND deleted_at IS NULL
        ${after ? 'AND (created_at, action_id) > ($4, $5)' : ''}
      ORDER BY created_at, action_id LIMIT $3`,
    [accountId, workflowId, page.limit + 1, ...(after ?? [])],
  );
  return rows.map((row) => ({
    ...row,
    version: Number(row.version),
    graceUntil: row.graceUntil && row.graceUntil.getTime(),
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  }));
}

const COLUMNS = `action_id AS "actionId", external_id AS "externalId", workflow_id AS "workflowId", version, url, method,
  content_kind AS "contentKind", auth_type AS "authType", auth_header_name AS "authHeaderName",
  auth_settings AS "authSettings",
  auth_sealed IS NOT NULL AS "credentialSet", signing_sealed_secrets IS NOT NULL AS "signed",
  signing_grace_until AS "graceUntil", timeout_ms AS "timeoutMs", retry_enabled AS "retryEnabled",
  retry_max_attempts AS "retryMaxAttempts", retry_schedule AS "retrySchedule", retry_on AS "retryOn",
  success_on AS "successOn", follow_redirects AS "followRedirects", resend_on_reset AS "resendOnReset",
  header_encoding AS "headerEncoding", ssl_verify AS "sslVerify",
  endpoint_rate_limit AS "endpointRateLimit", store_bodies AS "storeBodies", enabled, paused,
  created_at AS "createdAt", updated_at AS "updatedAt"`;

import type { DataSource, EntityManager } from 'typeorm';
import type { StoredVersion, VersionSummary } from '../actions/stored-version.ts';
import type { Page } from '../http/page.ts';
import { versionEntity, type VersionRow } from './draft-entities.ts';

/**
 * Limits for the stored versions of one action, in addition to the retention, because an account may by default publish
 * 1 MiB 20 times a second. Their maximum total size grows with the size of the newest version, which counts against the
 * quota of the account. All versions of an account therefore take at most eight times its quota, plus 128 KiB for each
 * of its actions.
 */
export const VERSION_BOUNDS = { versions: 100, bytes: 131_072, timesNewest: 8 };

type ActionKey = Pick<StoredVersion, 'accountId' | 'actionId'>;

/**
 * Store of published versions of definitions, which never contain a secret; always within one account. log-ingestor
 * removes versions that were replaced longer ago than the retention of history.
 */
export interface VersionStore {
  /** Lists versions, newest first; one row more than the page holds if there is a next page. */
  list(action: ActionKey, page: Page): Promise<VersionSummary[]>;
  find(action: ActionKey, version: number): Promise<StoredVersion | null>;
}

export function createVersionStore({ source }: { source: DataSource }): VersionStore {
  return {
    list: async ({ accountId, actionId }, { after, limit }) => {
      const rows = await source.query<(Omit<VersionSummary, 'version'> & { version: string })[]>(LIST, [
        accountId,
        actionId,
        after?.key ?? Number.MAX_SAFE_INTEGER,
        limit + 1,
      ]);
      return rows.map((row) => ({ ...row, version: Number(row.version) }));
    },
    find: async ({ accountId, actionId }, version) => {
      const row = await source.manager.findOneBy(versionEntity, { accountId, actionId, version });
      return row && storedVersion(row);
    },
  };
}

/** Stores the current row of a definition as a version, and deletes the oldest versions beyond the bounds. */
export async function keepVersion(manager: EntityManager, { accountId, actionId }: ActionKey): Promise<void> {
  const { versions, bytes, timesNewest } = VERSION_BOUNDS;
  await manager.query(NOTE_REPLACED, [accountId, actionId]);
  await manager.query(KEEP, [accountId, actionId]);
  await manager.query(TRIM, [accountId, actionId, versions, bytes, timesNewest]);
}

/** Removes all versions of a deleted action. */
export async function forgetVersions(
  manager: EntityManager,
  { accountId, actionId }: ActionKey,
): Promise<void> {
  await manager.delete(versionEntity, { accountId, actionId });
}

function storedVersion(row: VersionRow): StoredVersion {
  const { authType, authHeaderName, authSettings, publishedAt, ...same } = row;
  const auth = { type: authType, headerName: authHeaderName, settings: authSettings };
  return { ...same, auth, publishedAt: publishedAt.getTime() };
}

const LIST = `
  SELECT version, url, method, enabled, paused, (extract(epoch FROM published_at) * 1000)::float8 AS "publishedAt"
    FROM webhook_definition_versions
   WHERE account_id = $1 AND action_id = $2 AND version < $3
   ORDER BY version DESC LIMIT $4
`;

const NOTE_REPLACED = `
  UPDATE webhook_definition_versions SET replaced_at = now()
   WHERE account_id = $1 AND action_id = $2 AND replaced_at IS NULL
`;

const CONFIGURED = `action_id, account_id, workflow_id, version, enabled, paused, url, method, headers,
  payload_template, content_kind, auth_type, auth_header_name, auth_settings, timeout_ms, retry_enabled,
  retry_max_attempts, ssl_verify, response_mapping, endpoint_rate_limit, store_bodies, retry_schedule, retry_on,
  success_on, follow_redirects, resend_on_reset, header_encoding`;

const KEEP = `
  INSERT INTO webhook_definition_versions (${CONFIGURED}, published_at, credential_set, signed)
  SELECT ${CONFIGURED}, updated_at, auth_sealed IS NOT NULL, signing_sealed_secrets IS NOT NULL
    FROM webhook_definitions WHERE account_id = $1 AND action_id = $2
`;

const TRIM = `
  DELETE FROM webhook_definition_versions
   WHERE account_id = $1 AND action_id = $2 AND version IN (
     SELECT version FROM (
       SELECT version, row_number() OVER newest AS place, sum(definition_bytes) OVER newest AS bytes,
              first_value(definition_bytes) OVER newest AS newest_bytes
         FROM webhook_definition_versions WHERE account_id = $1 AND action_id = $2
       WINDOW newest AS (ORDER BY version DESC)
     ) AS kept
      WHERE place > 1 AND (place > $3 OR bytes > $4 + $5 * newest_bytes)
   )
`;

import type pg from 'pg';
import type { RightsHolder } from './revocations.ts';

interface KeyValidity {
  /**
   * Returns the holders that are valid: keys that are neither revoked nor expired, and accounts that have not been
   * deleted.
   */
  validOf(holders: readonly RightsHolder[]): Promise<ReadonlySet<RightsHolder>>;
  /** Removes keys whose revocation or expiry was more than 30 days ago. */
  deleteEnded(): Promise<void>;
}

export function createKeyValidity({ pool }: { pool: pg.Pool }): KeyValidity {
  return {
    validOf: async (holders) => {
      const idsOf = (kind: RightsHolder['kind']) =>
        holders.filter((one) => one.kind === kind).map(({ id }) => id);
      const { rows } = await pool.query<RightsHolder>(VALID, [idsOf('key'), idsOf('account')]);
      const valid = { key: new Set<string>(), account: new Set<string>() };
      for (const { kind, id } of rows) valid[kind].add(id);
      return new Set(holders.filter(({ kind, id }) => valid[kind].has(id)));
    },
    deleteEnded: async () => {
      await pool.query(DELETE_ENDED);
    },
  };
}

const VALID = `
  SELECT 'key' AS kind, id::text FROM api_keys
   WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
  UNION ALL
  SELECT 'account', id FROM accounts WHERE id = ANY($2::text[])
`;
/** `least` ignores null. */
const DELETE_ENDED = `
  DELETE FROM api_keys WHERE least(revoked_at, expires_at) < now() - interval '30 days'
`;

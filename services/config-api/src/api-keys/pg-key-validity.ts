import type pg from 'pg';

interface KeyValidity {
  /** Returns which of these keys exist and are neither revoked nor expired. */
  validOf(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Removes keys that were revoked or have expired more than a month ago. */
  deleteEnded(): Promise<void>;
}

export function createKeyValidity({ pool }: { pool: pg.Pool }): KeyValidity {
  return {
    validOf: async (ids) => {
      const { rows } = await pool.query<{ id: string }>(VALID, [ids]);
      return new Set(rows.map(({ id }) => id));
    },
    deleteEnded: async () => {
      await pool.query(DELETE_ENDED);
    },
  };
}

const VALID = `
  SELECT id FROM api_keys
   WHERE id = ANY($1) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
`;
/** `least` ignores null. */
const DELETE_ENDED = `
  DELETE FROM api_keys WHERE least(revoked_at, expires_at) < now() - interval '30 days'
`;

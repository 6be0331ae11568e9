import type { Pool, PoolClient } from 'pg';
import type { FieldWrite } from './run.ts';

/** A contact with standard fields such as `email`, and with `custom_fields`. */
interface Contact {
  id: string;
  fields: Record<string, unknown>;
  /** Increases with every change. */
  revision: number;
}

export interface Contacts {
  /** Creates or replaces a contact. */
  put(id: string, fields: Record<string, unknown>): Promise<void>;
  find(id: string): Promise<Contact | null>;
}

export function createContacts({ pool }: { pool: Pool }): Contacts {
  return {
    put: async (id, fields) => {
      await pool.query(
        `INSERT INTO engine_contacts (id, fields) VALUES ($1, '{"custom_fields": {}}'::jsonb || $2::jsonb)
         ON CONFLICT (id) DO UPDATE SET fields = excluded.fields, revision = engine_contacts.revision + 1`,
        [id, JSON.stringify(fields)],
      );
    },
    find: async (id) => {
      const { rows } = await pool.query<Contact>(
        'SELECT id, fields, revision FROM engine_contacts WHERE id = $1',
        [id],
      );
      return rows[0] ?? null;
    },
  };
}

/** Writes the fields that belong to the contact, in the caller's transaction. */
export async function writeContactFields(
  tx: PoolClient,
  contactId: string,
  fields: readonly FieldWrite[],
): Promise<void> {
  for (const { kind, name, json } of fields) {
    if (kind === 'workflow_variable') continue;
    const path = kind === 'custom_field' ? ['custom_fields', name] : [name];
    await tx.query(
      `UPDATE engine_contacts SET fields = jsonb_set(fields, $2::text[], $3::jsonb), revision = revision + 1
       WHERE id = $1`,
      [contactId, path, json],
    );
  }
}

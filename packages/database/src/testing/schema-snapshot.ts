import type { Pool } from 'pg';

/**
 * Returns the schema as text, sorted, one line per table, column, constraint, index, function or trigger. A test
 * compares it with `schema.snapshot.txt`, so that a schema change is visible in review. Reads the system catalogue,
 * which works without `pg_dump`. Omits partitions, because they change every day.
 */
export async function schemaSnapshot(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ line: string }>(SNAPSHOT);
  return `${rows.map(({ line }) => line).join('\n')}\n`;
}

/** Not-null constraints are omitted: only Postgres 18 lists them, and the columns already show them. */
const SNAPSHOT = `
  WITH ours AS (
    SELECT c.oid, c.relname::text AS name FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace
       AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  )
  SELECT line COLLATE "C" AS line FROM (
    SELECT format('table %s: %s', name, coalesce('partition by ' || pg_get_partkeydef(oid), 'plain')) AS line
      FROM ours
    UNION ALL
    SELECT format('%s.%s %s%s%s%s', name, a.attname, format_type(a.atttypid, a.atttypmod),
             CASE WHEN a.attnotnull THEN ' not null' END,
             CASE a.attidentity WHEN 'a' THEN ' generated always as identity' END,
             ' default ' || pg_get_expr(d.adbin, d.adrelid))
      FROM ours JOIN pg_attribute a ON a.attrelid = ours.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = ours.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT format('%s constraint %s: %s', name, k.conname, pg_get_constraintdef(k.oid))
      FROM ours JOIN pg_constraint k ON k.conrelid = ours.oid AND k.contype <> 'n'
    UNION ALL
    SELECT format('%s index: %s', name, pg_get_indexdef(x.indexrelid))
      FROM ours JOIN pg_index x ON x.indrelid = ours.oid
    UNION ALL
    SELECT format('%s trigger: %s', name, pg_get_triggerdef(t.oid))
      FROM ours JOIN pg_trigger t ON t.tgrelid = ours.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT format('function %s: md5 of the body %s', p.proname, md5(p.prosrc))
      FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
  ) AS lines
  ORDER BY 1
`;

import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreContext } from './store-context.ts';

/** Over TLS with a password, or not at all. */
const RULES = 'hostssl all all 127.0.0.1/32 scram-sha-256\n';

/**
 * Writes what a secured Postgres needs into its folder.
 * @param owner user that the server runs as, who alone may read the key
 * @returns arguments of `initdb` and settings of the server; undefined for one that is open
 */
export async function securePostgres(
  { dataDir, secured }: StoreContext,
  owner: { uid: number; gid: number } | undefined,
): Promise<{ initdbArgs: string[]; settings: Record<string, string> } | undefined> {
  if (!secured?.postgres) return undefined;
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(dataDir, name);
    await writeFile(path, text, { mode: 0o600 });
    if (owner) await chown(path, owner.uid, owner.gid);
    return path;
  };
  const password = await write('superuser-password', secured.postgres.superuserPassword);
  return {
    initdbArgs: ['--auth=scram-sha-256', `--pwfile=${password}`],
    settings: {
      ssl: 'on',
      ssl_cert_file: await write('server.crt', secured.server.cert),
      ssl_key_file: await write('server.key', secured.server.key),
      hba_file: await write('pg_hba.conf', RULES),
    },
  };
}

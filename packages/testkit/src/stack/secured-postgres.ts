import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreContext } from './store-context.ts';

/** Allows access only over TLS and with a password. */
const RULES = 'hostssl all all 127.0.0.1/32 scram-sha-256\n';

/**
 * Writes the files of a secured Postgres into its folder.
 * @param owner user that the server runs as; only it may read the key
 * @returns arguments of `initdb` and settings of the server; undefined if it is not secured
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

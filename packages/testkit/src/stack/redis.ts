import { findOnPath, runCommand } from './run-command.ts';
import { redisListener } from './secured-redis.ts';
import type { StoreContext } from './store-context.ts';
import { spawnStore, type StoreProcess } from './store-process.ts';

/** Starts a Redis without persistence from the `redis-server` of the PATH (on Debian as root: installed). */
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
      // One executable serves as server and as checker and looks at its name to know which.
      argv0: 'redis-server',
      readyLine: /Ready to accept connections/,
      stopSignal: 'SIGKILL',
    },
    context.signal,
  );
}

/**
 * Debian keeps the executable in `redis-tools` as redis-check-rdb; its `redis-server` is a link to it in a package
 * whose other content is the system service, which must not be started here.
 */
export function findServer(): string | undefined {
  return findOnPath('redis-server') ?? findOnPath('redis-check-rdb');
}

/** Not bound to the stack's abort signal: an interrupted apt leaves the machine's package database half done. */
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
    throw new Error(`redis-server is missing, also after apt installed redis-tools: ${how}`);
  return program;
}

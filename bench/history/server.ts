import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@hookline/testkit/stack/free-port';
import { initialisePostgres } from '@hookline/testkit/stack/postgres';
import { spawnStore, type StoreProcess } from '@hookline/testkit/stack/store-process';

/** Enough shared buffers for the indexes that look-ups read. In production they are usually a quarter of the memory. */
const SETTINGS = ['shared_buffers=2GB', 'max_wal_size=8GB', 'maintenance_work_mem=512MB'];

/** A separate Postgres that has production settings and can be restarted. */
export interface Server extends AsyncDisposable {
  /** Returns the URL of a database on the server. */
  urlOf(database: string): string;
  /** Restarts the server, so that its cache is empty; `dropCaches` also empties the system's cache (needs root). */
  restart(options: { dropCaches: boolean }): Promise<void>;
}

export async function startServer(options: {
  dataRoot: string;
  signal: AbortSignal;
  progress: (line: string) => void;
}): Promise<Server> {
  const { signal, progress } = options;
  const dataDir = await mkdtemp(join(options.dataRoot, 'hookline-history-'));
  // Postgres may run as another user, which must be able to reach its own folder inside this folder.
  await chmod(dataDir, 0o711);
  const port = await freePort();
  const initialised = await initialisePostgres({ port, dataDir, quick: false, progress, signal });
  const command = { ...initialised, args: [...initialised.args, ...SETTINGS.flatMap((set) => ['-c', set])] };
  let process: StoreProcess = await spawnStore(command, signal);
  return {
    urlOf: (database) => `postgres://hookline@127.0.0.1:${port}/${database}`,
    restart: async ({ dropCaches }) => {
      await process.stop();
      if (dropCaches) await writeFile('/proc/sys/vm/drop_caches', '3');
      process = await spawnStore(command, signal);
    },
    [Symbol.asyncDispose]: async () => {
      await process.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findOnPath, runCommand } from './run-command.ts';
import type { StoreProcess } from './store-process.ts';
import type { StoreName } from './stores.ts';

const COMPOSE_FILE = join(import.meta.dirname, '../../../../docker-compose.yml');
const PASSWORD = 'local-only';

/** Whether the Docker client is installed and has its compose plugin. */
export async function hasCompose(): Promise<boolean> {
  const docker = findOnPath('docker');
  if (docker === undefined) return false;
  return runCommand(docker, ['compose', 'version']).then(
    () => true,
    () => false,
  );
}

/** Functions that return the address of a store in docker-compose.yml, given its port. */
export const COMPOSE_ADDRESSES: Record<StoreName, (port: number) => string> = {
  kafka: (port) => `127.0.0.1:${port}`,
  postgres: (port) => `postgres://hookline:${PASSWORD}@127.0.0.1:${port}/hookline`,
  redis: (port) => `redis://:${PASSWORD}@127.0.0.1:${port}`,
};

/**
 * Starts stores from docker-compose.yml as a separate project; stopping them also removes their volumes. The engine
 * restarts a store that dies, so no store ends by itself.
 * @param ports the stores to start, and their ports on 127.0.0.1
 * @throws Error with the end of compose's output; nothing is left running
 */
export async function startByCompose(
  ports: Partial<Record<StoreName, number>>,
  signal: AbortSignal,
): Promise<StoreProcess> {
  const env = {
    ...process.env,
    COMPOSE_PROJECT_NAME: `hookline-stack-${randomBytes(4).toString('hex')}`,
    POSTGRES_PASSWORD: PASSWORD,
    REDIS_PASSWORD: PASSWORD,
    ...Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [`${name.toUpperCase()}_PORT`, String(port)]),
    ),
  };
  const compose = async (args: string[], signal?: AbortSignal): Promise<string> =>
    runCommand('docker', ['compose', '--ansi=never', `--file=${COMPOSE_FILE}`, '--profile=stores', ...args], {
      env,
      ...(signal ? { signal } : {}),
    });
  const stop = async (): Promise<void> => void (await compose(['down', '--volumes', '--timeout=2']));
  try {
    await compose(['up', '--wait', '--wait-timeout=90', ...Object.keys(ports)], signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ended: new Promise<string>(() => undefined), stop };
}

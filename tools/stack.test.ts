import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openClosing } from '@hookline/testkit/closing-connection';

const BOOTSTRAP = join(import.meta.dirname, 'bootstrap.mjs');

describe('npm run stack', () => {
  let dataRoot: string;

  beforeEach(async () => {
    dataRoot = await mkdtemp(join(tmpdir(), 'hookline-test-'));
    // If the tests run as root, Postgres runs as another user, which must be able to reach its data in this folder.
    await chmod(dataRoot, 0o755);
  });
  afterEach(async () => rm(dataRoot, { recursive: true }));

  test('prints the addresses and leaves nothing behind after SIGTERM', async () => {
    const command = startCommand(dataRoot);
    const connections = await Promise.all(
      (await command.addresses()).map(({ hostname, port }) => openClosing(hostname, Number(port))),
    );
    command.process.kill('SIGTERM');
    expect(await once(command.process, 'exit')).toEqual([0, null]);
    await Promise.all(connections.map(({ closed }) => closed));
    expect(readdirSync(dataRoot)).toEqual([]);
  });

  test('leaves nothing behind when it is killed', async () => {
    const command = startCommand(dataRoot);
    const connections = await Promise.all(
      (await command.addresses()).map(({ hostname, port }) => openClosing(hostname, Number(port))),
    );
    command.process.kill('SIGKILL');
    await Promise.all(connections.map(({ closed }) => closed));
    await emptied(dataRoot);
    expect(readdirSync(dataRoot)).toEqual([]);
  });

  test('names a variable whose value is not a port', async () => {
    const command = startCommand(dataRoot, { KAFKA_PORT: 'http' });
    expect(await once(command.process, 'exit')).toEqual([1, null]);
    expect(command.errors()).toContain('KAFKA_PORT must be a port number');
  });
});

interface Command {
  process: ChildProcess;
  /** Resolves with the URLs of the three stores once they are printed. */
  addresses(): Promise<URL[]>;
  errors(): string;
}

function startCommand(dataRoot: string, env: Record<string, string> = {}): Command {
  const free = { KAFKA_PORT: '0', POSTGRES_PORT: '0', REDIS_PORT: '0' };
  const nothingGiven = { KAFKA_BROKERS: '', DATABASE_URL: '', REDIS_URL: '' };
  const command = spawn(process.execPath, [BOOTSTRAP, 'stack'], {
    env: { ...process.env, ...nothingGiven, ...free, TMPDIR: dataRoot, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  command.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const lines = createInterface(command.stdout);
  return {
    process: command,
    errors: () => errors,
    async addresses() {
      const found: URL[] = [];
      for await (const line of lines) {
        const [, name, address] = /^(KAFKA_BROKERS|DATABASE_URL|REDIS_URL)=(.*)$/.exec(line) ?? [];
        if (address !== undefined)
          found.push(new URL(name === 'KAFKA_BROKERS' ? `kafka://${address}` : address));
        if (found.length === 3) return found;
      }
      throw new Error(`the command ended early: ${errors}`);
    },
  };
}

/** Resolves when a folder is empty. */
async function emptied(folder: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const watcher = watch(folder, () => look());
    const look = (): void => {
      if (readdirSync(folder).length > 0) return;
      watcher.close();
      resolve();
    };
    look();
  });
}

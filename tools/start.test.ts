import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

let dataRoot: string;

beforeEach(async () => {
  dataRoot = await mkdtemp(join(tmpdir(), 'hookline-test-'));
  // As root, Postgres runs as another user.
  await chmod(dataRoot, 0o755);
});
afterEach(async () => rm(dataRoot, { recursive: true }));

test('npm start -- --demo-only shows one execution from end to end and leaves nothing behind', async () => {
  const { code, output } = await start(['--demo-only']);
  expect(output).toContain('1. A webhook action, made over the REST API');
  expect(output).toContain('"request": "POST /contacts?source=');
  expect(output).toContain('"external_id": "ext_123"');
  expect(output).toContain('5. The execution with its attempts, from the REST API');
  expect(code).toBe(0);
  expect(readdirSync(dataRoot).filter((name) => name.startsWith('hookline'))).toEqual([]);
}, 120_000);

test('npm start names a setting that is no port before it does anything', async () => {
  const { code, output } = await start([], { HOOKLINE_API_PORT: 'eighty' });
  expect(output).toBe(
    'HOOKLINE_API_PORT must be a port number from 0 (any free one) to 65535, not "eighty"\n',
  );
  expect(code).toBe(1);
});

async function start(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const ports = { HOOKLINE_API_PORT: '0', KAFKA_PORT: '0', POSTGRES_PORT: '0', REDIS_PORT: '0' };
  const nothingGiven = { KAFKA_BROKERS: '', DATABASE_URL: '', REDIS_URL: '' };
  const command = spawn(process.execPath, [join(import.meta.dirname, 'bootstrap.mjs'), 'start', ...args], {
    env: { ...process.env, ...nothingGiven, ...ports, TMPDIR: dataRoot, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(command.stdout), text(command.stderr)]);
  const [code] = (await once(command, 'exit')) as [number];
  return { code, output: (await output).join('') };
}

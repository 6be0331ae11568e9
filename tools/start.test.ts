import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { isolatedDatabase } from '@hookline/testkit/isolated-database';
import { isolatedTopics } from '@hookline/testkit/isolated-topics';
import { sharedStack } from '@hookline/testkit/shared-stack';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

let dataRoot: string;

beforeEach(async () => {
  dataRoot = await mkdtemp(join(tmpdir(), 'hookline-test-'));
  // If the tests run as root, Postgres runs as another user, which must be able to reach its data in this folder.
  await chmod(dataRoot, 0o755);
});
afterEach(async () => rm(dataRoot, { recursive: true }));

test('npm start -- --demo-only shows one execution from end to end and leaves nothing behind', async () => {
  const { code, output } = await start(['--demo-only']);
  const steps = output.split('\n').filter((line) => /^[1-5]\. /.test(line));
  expect(steps).toEqual([
    expect.stringMatching(
      /^1\. A webhook action, created through the REST API: \{"id":"[^{}]*"method":"POST"/,
    ),
    expect.stringMatching(/^2\. webhook.requested, published to Kafka: \{"executionId":"/),
    expect.stringMatching(
      /^3\. The call, as the endpoint received it: \{"request":"POST \/contacts\?source=/,
    ),
    expect.stringMatching(/^4\. webhook.completed, read from Kafka: \{"status":"success",/),
    expect.stringMatching(
      /^5\. The execution with its attempts, from the REST API: .*"external_id":"ext_123"/,
    ),
  ]);
  // One line per step, and nothing in between.
  expect(output).toContain(steps.join('\n'));
  expect(code).toBe(0);
  expect(readdirSync(dataRoot).filter((name) => name.startsWith('hookline'))).toEqual([]);
}, 120_000);

test('npm start prints lines that make a first call when pasted into a shell', async () => {
  await using topics = await isolatedTopics();
  await using database = await isolatedDatabase();
  const { redisUrl } = await sharedStack();
  const env = {
    KAFKA_BROKERS: topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    DATABASE_URL: database.databaseUrl,
    REDIS_URL: redisUrl,
  };
  const started = spawnStart(['--verbose'], env);
  try {
    const shown = await untilReady(started);
    expect(shown).toContain('   "payload_template": {\n');
    expect(shown).toContain('   "request": "POST /contacts?source=');

    const [block = ''] = /^export [^]*?(?=\n\n)/m.exec(shown) ?? [];
    const names = [...block.matchAll(/^export (\w+)=/gm)].map(([, name]) => name);
    expect(names).toEqual(['HOOKLINE_URL', 'API_KEY', 'ACCOUNT_ID', 'ACTION_ID', 'ENDPOINT', 'ADMIN_KEY']);
    const admin =
      '-H "authorization: Bearer $ADMIN_KEY" "$HOOKLINE_URL/api/v1/accounts/$ACCOUNT_ID/settings"';
    const answers = (await pasted([block, `curl -sSw '\\n' ${admin}`, await readmeCall()])).split('\n');
    expect(answers.map((answer) => JSON.parse(answer) as unknown)).toEqual([
      expect.objectContaining({ status: 'success', mapped_fields: { external_id: 'ext_123' } }),
      expect.objectContaining({ suspended: false }),
      expect.objectContaining({ url: expect.stringMatching(/\/contacts$/), method: 'POST' }),
    ]);
  } finally {
    started.kill('SIGTERM');
    await ended(started);
  }
}, 120_000);

test('npm start reports a setting that is not a port before it does anything', async () => {
  const { code, output } = await start([], { HOOKLINE_API_PORT: 'eighty' });
  expect(output).toBe(
    'HOOKLINE_API_PORT must be a port number from 0 (any free port) to 65535, not "eighty"\n',
  );
  expect(code).toBe(1);
});

describe('ports in use', () => {
  const free = 'set VARIABLE to another port, or to 0 for any free port';
  const taken = (port: number, user: string, variable: string): string =>
    `port ${port} for ${user} is in use: ${free.replace('VARIABLE', variable)}`;

  test('are all reported before anything is installed, each with its variable', async () => {
    await using used = await listening();
    const { port } = used;
    const variables = ['HOOKLINE_API_PORT', 'KAFKA_PORT', 'POSTGRES_PORT', 'REDIS_PORT'];
    const env = Object.fromEntries(variables.map((name) => [name, String(port)]));
    const { code, output } = await startUninstalled('start', env);
    const orAddress = (name: string): string =>
      `, or ${name} to the address of a store that is already running`;
    expect(output.split('\n')).toEqual([
      taken(port, 'the API', 'HOOKLINE_API_PORT'),
      taken(port, 'Kafka', 'KAFKA_PORT') + orAddress('KAFKA_BROKERS'),
      taken(port, 'Postgres', 'POSTGRES_PORT') + orAddress('DATABASE_URL'),
      taken(port, 'Redis', 'REDIS_PORT') + orAddress('REDIS_URL'),
      '',
    ]);
    expect(code).toBe(1);
  });

  test('are ignored for stores that are already running, and for the API by npm run stack', async () => {
    await using used = await listening();
    const port = String(used.port);
    const stores = {
      KAFKA_BROKERS: '127.0.0.1:1',
      DATABASE_URL: 'postgres://127.0.0.1:1',
      REDIS_URL: 'redis://r',
    };
    const ports = { KAFKA_PORT: port, POSTGRES_PORT: port, REDIS_PORT: port };
    const start = await startUninstalled('start', { ...stores, ...ports, HOOKLINE_API_PORT: '0' });
    expect(start.output).toContain('Installing packages');
    const stack = await startUninstalled('stack', { ...stores, HOOKLINE_API_PORT: port });
    expect(stack.output).toContain('Installing packages');
  });
});

/** Runs the bootstrap in a folder where nothing is installed yet, with an npm that always fails. */
async function startUninstalled(command: string, env: Record<string, string>): Promise<Ended> {
  const tools = join(dataRoot, 'project', 'tools');
  await mkdir(tools, { recursive: true });
  for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith('.mjs'))) {
    await copyFile(join(import.meta.dirname, name), join(tools, name));
  }
  await writeFile(join(tools, '..', 'package-lock.json'), '{}');
  await writeFile(join(dataRoot, 'npm'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const PATH = `${dataRoot}:${process.env['PATH']}`;
  return ended(
    spawn(process.execPath, [join(tools, 'bootstrap.mjs'), command], {
      env: { PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** Occupies a port. */
async function listening(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Returns the output of a command up to its "Ready." line, or all output if the command ends earlier. */
async function untilReady(command: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  let output = '';
  const ready = Promise.withResolvers<void>();
  for (const stream of [command.stdout, command.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes('\nReady.')) ready.resolve();
    });
  }
  await Promise.race([ready.promise, once(command, 'exit')]);
  return output;
}

/** Returns the call that the README shows. */
async function readmeCall(): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  return /^## Try it$[^]*?^```sh\n([^]*?)^```$/m.exec(readme)?.[1] ?? 'exit 1';
}

/** Runs lines in a shell that inherits only PATH from this process, and returns its output. */
async function pasted(parts: string[]): Promise<string> {
  const shell = spawn('bash', ['-e'], {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  shell.stdin.end(parts.join('\n'));
  const { code, output } = await ended(shell);
  expect({ code, output }).toMatchObject({ code: 0 });
  return output.trimEnd();
}

function spawnStart(
  args: string[],
  env: Record<string, string>,
): ChildProcessByStdio<null, Readable, Readable> {
  const ports = { HOOKLINE_API_PORT: '0', KAFKA_PORT: '0', POSTGRES_PORT: '0', REDIS_PORT: '0' };
  const nothingGiven = { KAFKA_BROKERS: '', DATABASE_URL: '', REDIS_URL: '' };
  return spawn(process.execPath, [join(import.meta.dirname, 'bootstrap.mjs'), 'start', ...args], {
    env: { ...process.env, ...nothingGiven, ...ports, TMPDIR: dataRoot, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function start(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return ended(spawnStart(args, env));
}

interface Ended {
  code: number;
  /** Output, stdout before stderr. */
  output: string;
}

async function ended(command: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ended> {
  const output = Promise.all([text(command.stdout), text(command.stderr)]);
  const [code] = (await once(command, 'exit')) as [number];
  return { code, output: (await output).join('') };
}

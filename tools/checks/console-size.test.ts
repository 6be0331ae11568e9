import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const CONSOLE = join(import.meta.dirname, '..', '..', 'apps', 'console');
const VITE = join(dirname(import.meta.resolve('vite/package.json').replace('file://', '')), 'bin', 'vite.js');
/** Maximum compressed size, in bytes, of the scripts that the sign-in page and the list of executions need. */
const MAX_FIRST_SCRIPT_BYTES = 150_000;

interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
}

let dir: string;
let manifest: Record<string, Chunk>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hookline-console-build-'));
  const options = ['build', '--outDir', dir, '--manifest', '--logLevel', 'error'];
  // Jest sets NODE_ENV to test, with which React is built for development.
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, [VITE, ...options], { cwd: CONSOLE, env });
  manifest = JSON.parse(await readFile(join(dir, '.vite', 'manifest.json'), 'utf8')) as typeof manifest;
});

afterAll(() => rm(dir, { recursive: true }));

/** Returns the names of a chunk and of all chunks that it needs before it runs. */
function needed(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const other of manifest[name]?.imports ?? []) needed(other, found);
  return found;
}

function entry(): string {
  const name = Object.keys(manifest).find((key) => manifest[key]?.isEntry);
  if (name === undefined) throw new Error('the build has no entry');
  return name;
}

test('the scripts that the first page of the console needs stay below 150 KB compressed', async () => {
  const sizes = [...needed(entry())].map(async (name) => {
    const file = manifest[name]?.file ?? '';
    return gzipSync(await readFile(join(dir, file))).length;
  });
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(MAX_FIRST_SCRIPT_BYTES);
});

test('every page except sign-in and the list of executions is loaded only when it is opened', () => {
  const first = needed(entry());
  const later = manifest[entry()]?.dynamicImports ?? [];
  const pages = ['overview', 'endpoints', 'jobs', 'webhooks', 'keys', 'audit', 'dead-letters', 'accounts'];
  for (const page of pages) {
    expect(later.some((name) => name.startsWith(`src/${page}/`))).toBe(true);
    expect([...first].filter((name) => name.startsWith(`src/${page}/`))).toEqual([]);
  }
});

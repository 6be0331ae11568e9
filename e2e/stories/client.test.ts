import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idempotent } from '@hookline/client';
import { HooklineError } from '@hookline/client/hookline-error';
import { shareStory, type Story } from '../support/story.ts';

/** The client of the REST API: in this repository, and as the package that others install. */

const ROOT = join(import.meta.dirname, '../..');
const CLIENT = join(ROOT, 'packages/client');
const ACTIONS = '/api/v1/workflows/{workflow_id}/actions';
const run = promisify(execFile);
const TSC = join(ROOT, 'node_modules/.bin/tsc');
/** Compiler options of a third party's strict project with the types of Node. */
const TYPE_OPTIONS = ['--strict', '--target', 'es2024', '--module', 'nodenext', '--types', 'node'].concat([
  '--typeRoots',
  join(ROOT, 'node_modules/@types'),
]);

let story: Story;
let dir: string;

beforeAll(async () => {
  story = await shareStory();
  dir = await mkdtemp(join(tmpdir(), 'hookline-client-'));
});

afterAll(async () => {
  await story?.stop();
  await rm(dir, { recursive: true });
});

describe('the client', () => {
  it('requests a call, repeats it safely, and reads the result', async () => {
    const { account, receiver, hookline } = story;
    const { client } = account;
    const action_id = await account.createAction({ url: `${receiver.url}/client`, method: 'POST' });
    const request = { params: idempotent(), body: { action_id, context: { contact: { id: 1 } } } };
    const first = await client.POST('/api/v1/webhook-executions', request);
    const repeat = await client.POST('/api/v1/webhook-executions', request);
    expect(repeat.data.execution_id).toBe(first.data.execution_id);
    expect(repeat.response.headers.get('idempotent-replayed')).toBe('true');

    await hookline.outcome({ executionId: first.data.execution_id });
    await account.execution(first.data.execution_id, 'success');
    const { data } = await client.GET('/api/v1/webhook-executions/{id}', {
      params: { path: { id: first.data.execution_id } },
    });
    expect(data.attempts.map(({ status }) => status)).toEqual(['success']);
    expect(receiver.seen.filter(({ path }) => path === '/client')).toHaveLength(1);
  });

  it('follows the cursors of a list, page by page and row by row', async () => {
    const { account, receiver } = story;
    const path = { workflow_id: 'paged' };
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      const body = { url: `${receiver.url}/${i}`, method: 'POST' as const };
      const { data } = await account.client.POST(`${ACTIONS}/webhook`, { params: { path }, body });
      made.push(data.id);
    }
    const init = { params: { path, query: { limit: 2 } } };
    const sizes: number[] = [];
    for await (const { data } of account.client.pages(ACTIONS, init)) sizes.push(data.length);
    expect(sizes).toEqual([2, 2, 1]);
    const found: string[] = [];
    for await (const { id } of account.client.rows(ACTIONS, init)) found.push(id);
    expect(found).toEqual(made);
  });

  it('rejects with an error that lists every invalid field', async () => {
    const sent = story.account.client.POST(`${ACTIONS}/webhook`, {
      params: { path: { workflow_id: 'w' } },
      body: { url: 'ftp://example.com', method: 'POST', timeout_seconds: 0 },
    });
    const error = await sent.catch((caught: unknown) => caught);
    if (!(error instanceof HooklineError)) throw new Error('expected a HooklineError', { cause: error });
    expect({ status: error.status, code: error.code }).toEqual({ status: 422, code: 'invalid_fields' });
    expect(error.errors.map(({ field }) => field).sort()).toEqual(['timeout_seconds', 'url']);
  });
});

/** Packs a package as npm publishes it, and returns the path of its tarball. */
async function pack(folder: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', dir], { cwd: folder });
  return join(dir, stdout.trim());
}

/** Builds and packs the client in a separate folder, so that no other test finds a half-built client. */
async function packClient(): Promise<string> {
  const folder = join(dir, 'package');
  await mkdir(folder);
  for (const file of ['package.json', 'README.md']) await copyFile(join(CLIENT, file), join(folder, file));
  await run(TSC, ['-p', join(CLIENT, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')]);
  return pack(folder);
}

it('the package works in an empty folder: the example of its README runs, without this repository', async () => {
  // The libraries are packed too, so that nothing is downloaded.
  const libraries = ['openapi-fetch', 'openapi-typescript-helpers'].map((name) =>
    join(ROOT, 'node_modules', name),
  );
  const tarballs = await Promise.all([packClient(), ...libraries.map(pack)]);
  const project = join(dir, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: project });
  expect((await readdir(join(project, 'node_modules/@hookline'))).sort()).toEqual(['client']);

  const readme = await readFile(join(project, 'node_modules/@hookline/client/README.md'), 'utf8');
  const [, example = ''] = /```ts\n([^]*?)```/.exec(readme) ?? [];
  const { account, hookline, receiver } = story;
  const program = example.replace('https://api.example.com/contacts', `${receiver.url}/readme`);
  expect(program).toContain(receiver.url);
  await writeFile(join(project, 'example.ts'), program);
  await run(TSC, ['--noEmit', ...TYPE_OPTIONS, join(project, 'example.ts')], { cwd: project });
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    HOOKLINE_URL: hookline.apiUrl,
    HOOKLINE_API_KEY: account.key,
  };
  const { stdout } = await run(process.execPath, ['example.ts'], { cwd: project, env });
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/^requested [\da-f-]{36}$/),
    expect.stringMatching(/^action [\da-f-]{36} http:\/\/127\.0\.0\.1:\d+\/readme$/),
    'failed 404 not_found',
  ]);
});

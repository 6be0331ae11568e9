import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FormattedTestResults } from '@jest/test-result';

/** Runs Jest with our runner and reporter on small test files, each of which ends in a different way. */

const ROOT = join(import.meta.dirname, '../..');
const TURN = 'await new Promise((resolve) => setTimeout(resolve, 20));';

const FILES: Record<string, string> = {
  passes: `it('passes', () => expect(1 as number).toBe(1)); it.skip('is skipped', () => undefined);`,
  fails: `it('fails', () => expect(1).toBe(2));`,
  hangs: `it('hangs', () => new Promise(() => undefined), 20);`,
  hook: `beforeAll(() => { throw new Error('the hook fails'); }); it('is not run', () => undefined);`,
  elsewhere: `it('throws in a callback', async () => { setImmediate(() => { throw new Error('not caught'); }); ${TURN} });`,
  rejects: `it('rejects without a catch', async () => { void Promise.reject(new Error('not awaited')); ${TURN} });`,
  assertions: `it('promises an assertion', () => { expect.assertions(1); });`,
  exits: `it('exits', () => process.exit(3));`,
  broken: `throw new Error('cannot be loaded');`,
  empty: ``,
};

/** A test file that registers a shared resource of its process; closing the resource fails. */
const KEEPS = `
  import { atProcessEnd } from '${join(ROOT, 'packages/testkit/src/process-end.ts')}';
  it('passes', () => atProcessEnd(() => Promise.reject(new Error('cannot be ended'))));`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-runner-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const globals = `import { beforeAll, expect, it } from '@jest/globals'; void [beforeAll, expect, it];`;
  for (const [name, body] of Object.entries({ ...FILES, keeps: KEEPS })) {
    await writeFile(join(folder, `${name}.test.ts`), `${globals}\n${body}\n`);
  }
});

afterAll(() => rm(folder, { recursive: true }));

interface Run {
  exitCode: number;
  lines: string[];
  results: FormattedTestResults;
}

async function runJest(names: string[], { failOnSkip = false } = {}): Promise<Run> {
  const outputFile = join(folder, 'results.json');
  const config = {
    rootDir: folder,
    testMatch: ['**/*.test.ts'],
    transform: {},
    runner: join(ROOT, 'tools/jest/runner.ts'),
    reporters: [[join(ROOT, 'tools/jest/tally-reporter.ts'), { failOnSkip }]],
  };
  const args = [
    '--conditions=hookline-source',
    '--no-warnings=ExperimentalWarning',
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    `--config=${JSON.stringify(config)}`,
    '--json',
    `--outputFile=${outputFile}`,
    '--ci',
    '--maxWorkers=2',
    ...names.map((name) => `/${name}.test.ts`),
  ];
  const run = await new Promise<Omit<Run, 'results'>>((resolve) => {
    const child = execFile(process.execPath, args, { cwd: ROOT }, (_error, stdout) =>
      resolve({ exitCode: child.exitCode ?? -1, lines: stdout.trimEnd().split('\n') }),
    );
  });
  const text = await readFile(outputFile, 'utf8').catch(() => '{}');
  return { ...run, results: JSON.parse(text) as FormattedTestResults };
}

/** Returns the failure messages of a file and of its only test. */
function messageOf(run: Run, name: string): string {
  const file = run.results.testResults.find((one) => one.name.endsWith(`/${name}.test.ts`));
  return [file?.message, ...(file?.assertionResults ?? []).flatMap((one) => one.failureMessages)].join('\n');
}

describe('a run of test files', () => {
  it('reports every kind of failure, in its last line and its exit code', async () => {
    const run = await runJest(Object.keys(FILES));

    expect(run.lines.at(-1)).toBe('1 passed, 9 failed');
    expect(run.exitCode).toBe(1);
    expect({
      hangs: messageOf(run, 'hangs'),
      hook: messageOf(run, 'hook'),
      elsewhere: messageOf(run, 'elsewhere'),
      rejects: messageOf(run, 'rejects'),
      assertions: messageOf(run, 'assertions'),
      exits: messageOf(run, 'exits'),
      broken: messageOf(run, 'broken'),
      empty: messageOf(run, 'empty'),
    }).toEqual({
      hangs: expect.stringContaining('Exceeded timeout of 20 ms'),
      hook: expect.stringContaining('the hook fails'),
      elsewhere: expect.stringContaining('not caught'),
      rejects: expect.stringContaining('not awaited'),
      assertions: expect.stringContaining('Expected one assertion'),
      exits: expect.stringContaining('the test process ended with 3'),
      broken: expect.stringContaining('cannot be loaded'),
      empty: expect.stringContaining('must contain at least one test'),
    });
  });

  it('exits with 0 and lists skipped tests if all others pass', async () => {
    const run = await runJest(['passes']);
    expect(run.lines.slice(-2)).toEqual(['skipped: is skipped (passes.test.ts)', '1 passed, 0 failed']);
    expect(run.exitCode).toBe(0);
  });

  it('fails if a shared resource of its suites cannot be closed', async () => {
    const run = await runJest(['keeps']);
    expect(run.lines.at(-1)).toBe('1 passed, 1 failed');
    expect(run.exitCode).toBe(1);
  });

  it('fails if a test is skipped and failOnSkip is set', async () => {
    const run = await runJest(['passes'], { failOnSkip: true });
    expect(run.lines.at(-1)).toBe('1 passed, 1 failed');
    expect(run.exitCode).toBe(1);
  });
});

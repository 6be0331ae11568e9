import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { FAULT_POINTS } from './fault-point-catalogue.ts';
import { parseFault } from './fault-points.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SOURCES = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning'];
const MODULE = '@hookline/shared/runtime/fault-points';
const NAME = 'lanes.before-publish';
const EARLIER = 'lanes.due-acknowledged';

function start(program: string, { fault = '', flags = SOURCES } = {}) {
  return spawn(process.execPath, [...flags, '--input-type=module', '-e', program], {
    cwd: join(ROOT, 'packages/shared'),
    env: { PATH: process.env['PATH'], HOOKLINE_FAULT_POINT: fault },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a program until it ends. */
async function run(
  program: string,
  options?: { fault?: string; flags?: string[] },
): Promise<{ stdout: string; stderr: string; signal: NodeJS.Signals | null }> {
  const child = start(program, options);
  const [stdout, stderr, [, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { stdout, stderr, signal };
}

/** Reaches a fault point three times, and after each time prints its number (1, 2, 3). */
const THREE_TIMES = `
  import { writeSync } from 'node:fs';
  import { faultPoint } from '${MODULE}';
  for (const time of [1, 2, 3]) { faultPoint('${NAME}'); writeSync(1, String(time)); }
`;

describe('a fault point', () => {
  it('does nothing unless the environment names it', async () => {
    expect(await run(THREE_TIMES)).toEqual({ stdout: '123', stderr: '', signal: null });
    const other = await run(THREE_TIMES, { fault: 'lanes.due-acknowledged' });
    expect(other).toEqual({ stdout: '123', stderr: '', signal: null });
  });

  it('kills the process the first time it is reached, and reports it on stderr', async () => {
    expect(await run(THREE_TIMES, { fault: NAME })).toEqual({
      stdout: '',
      stderr: `fault point ${NAME}, time 1: kill\n`,
      signal: 'SIGKILL',
    });
  });

  it('does nothing before the hit with the given number', async () => {
    const { stdout, signal } = await run(THREE_TIMES, { fault: `${NAME}:3` });
    expect({ stdout, signal }).toEqual({ stdout: '12', signal: 'SIGKILL' });
  });

  it('does nothing until the earlier point has been passed', async () => {
    const again = `${THREE_TIMES} faultPoint('${EARLIER}'); writeSync(1, 'earlier'); faultPoint('${NAME}'); writeSync(1, '4');`;
    const { stdout, signal } = await run(again, { fault: `${EARLIER}>${NAME}` });
    expect({ stdout, signal }).toEqual({ stdout: '123earlier', signal: 'SIGKILL' });
  });

  it('freezes the process until it is continued', async () => {
    const child = start(THREE_TIMES, { fault: `${NAME}:2:freeze` });
    const [line] = (await once(child.stderr, 'data')) as [Buffer];
    expect(String(line)).toBe(`fault point ${NAME}, time 2: freeze\n`);
    // Sent repeatedly, because a SIGCONT that arrives between the line and the SIGSTOP has no effect.
    const continuing = setInterval(() => child.kill('SIGCONT'), 20);
    const printed = await text(child.stdout);
    clearInterval(continuing);
    expect(printed).toBe('123');
  });

  it('is not part of a build', async () => {
    const { stdout } = await run(`console.log(import.meta.resolve('${MODULE}'))`, { flags: [] });
    expect(stdout.trim()).toMatch(/\/dist\/runtime\/no-fault-points\.js$/);
  });
});

describe('HOOKLINE_FAULT_POINT', () => {
  it.each([
    [NAME, { name: NAME, after: null, hit: 1, action: 'kill' }],
    [`${NAME}:7`, { name: NAME, after: null, hit: 7, action: 'kill' }],
    [`${NAME}:7:freeze`, { name: NAME, after: null, hit: 7, action: 'freeze' }],
    [`${EARLIER}>${NAME}:2`, { name: NAME, after: EARLIER, hit: 2, action: 'kill' }],
  ])('%s is parsed', (given, fault) => {
    expect(parseFault(given)).toEqual(fault);
  });

  it.each([
    ['lanes.nowhere', 'no fault point "lanes.nowhere"'],
    [`lanes.nowhere>${NAME}`, 'no fault point "lanes.nowhere"'],
    [`${EARLIER}>${EARLIER}>${NAME}`, 'more than one earlier point'],
    [`${NAME}:0`, '"0" is not a whole number of at least 1'],
    [`${NAME}:soon`, '"soon" is not a whole number of at least 1'],
    [`${NAME}:1:explode`, 'no action "explode"'],
    [`${NAME}:1:kill:twice`, 'too many colons'],
  ])('%s is rejected', (given, problem) => {
    expect(() => parseFault(given)).toThrow(problem);
  });

  it('ends the process before anything runs if it is malformed', async () => {
    const { stdout, stderr } = await run(THREE_TIMES, { fault: 'lanes.nowhere' });
    expect(stdout).toBe('');
    expect(stderr).toContain(`where <name> is one of ${NAME}`);
  });
});

it('every fault point in the catalogue is called in exactly one place', () => {
  const sources = globSync('{packages,services}/*/src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  const called = sources.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/faultPoint\('([^']+)'\)/g)].map(([, name]) => name),
  );
  expect(new Set(called)).toEqual(new Set(Object.keys(FAULT_POINTS)));
  expect(called).toHaveLength(new Set(called).size);
});

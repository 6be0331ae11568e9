import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { KNOWN_SURVIVORS } from './mutation/known-survivors.ts';
import { TARGETS } from './mutation/targets.ts';
import { testTarget } from './mutation/test-target.ts';

const root = join(import.meta.dirname, '..');

it('a mutation run finds the changes that a suite notices, does not notice and does not reach', async () => {
  const path = 'tools/mutation/sample/at-least.ts';
  const suites = ['tools/mutation/sample/at-least.test.ts'];
  const mutants = await testTarget(root, { path, suites }, { patienceMs: 2_000 });
  const fateOf = (original: string, replacement: string) =>
    mutants.find((one) => one.original === original && one.replacement === replacement);

  expect(fateOf('value < min', 'value >= min')).toMatchObject({ fate: 'killed', line: 3 });
  expect(fateOf('value < min', 'value >= min')?.killedBy).toMatch(/^raises a number to the minimum/);
  // No test can notice this mutant: for the minimum itself, both branches return the same number.
  expect(fateOf('value < min', 'value <= min')).toMatchObject({ fate: 'survived', killedBy: null });
  expect(fateOf('value + STEP', 'value - STEP')).toMatchObject({ fate: 'uncovered' });
  // This mutant changes a value that is computed while the file is loaded, so its run loads the file again.
  expect(fateOf('2 * 3', '2 / 3')?.killedBy).toMatch(/^has a step/);
  // This mutant never ends, so the time limit kills it and no test does.
  expect(fateOf('left--', 'left++')).toMatchObject({ fate: 'killed', killedBy: null });
});

it('a mutation run does not start if a suite fails without a change', async () => {
  const target = {
    path: 'tools/mutation/sample/at-least.ts',
    suites: ['tools/mutation/sample/absent.test.ts'],
  };
  await expect(testTarget(root, target)).rejects.toThrow(
    /the suites fail without a mutant; .*absent\.test\.ts/,
  );
});

it('the targets are files and suites that exist', () => {
  const paths = TARGETS.flatMap(({ path, suites }) => [path, ...suites]);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('the known survivors are on lines that exist', () => {
  const gone = KNOWN_SURVIVORS.filter(({ path, line }) => {
    const lines = readFileSync(join(root, path), 'utf8').split('\n');
    return !lines.some((one) => one.trim() === line);
  });
  expect(gone).toEqual([]);
});

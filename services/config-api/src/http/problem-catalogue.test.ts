import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROBLEM_CATALOGUE, type ProblemCode } from './problem-catalogue.ts';

const SOURCES = join(import.meta.dirname, '..');
const CODES = Object.keys(PROBLEM_CATALOGUE) as ProblemCode[];

const code = globSync('**/*.ts', { cwd: SOURCES })
  .filter((file) => !/\.test\.ts$|problem-catalogue|state-problems|(?:^|\/)testing\//.test(file))
  .map((file) => readFileSync(join(SOURCES, file), 'utf8'))
  .join('\n');

describe('the catalogue of problems', () => {
  it('gives each problem the status with which it is reported', () => {
    const reported = [...code.matchAll(/(?:new ProblemError|super)\(\s*(\d{3}),\s*'(\w+)'/g)].map(
      ([, status, name]) => `${name} ${status}`,
    );
    expect(reported.length).toBeGreaterThan(30);
    const listed = CODES.map((name) => `${name} ${PROBLEM_CATALOGUE[name].status}`);
    expect(reported.filter((one) => !listed.includes(one))).toEqual([]);
  });

  it('lists only problems that are reported', () => {
    expect(CODES.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });

  it.each(CODES)('explains %s in sentences', (name) => {
    const { meaning, remedy, title } = PROBLEM_CATALOGUE[name];
    for (const text of [meaning, remedy]) expect(text).toMatch(/^[A-Z].*\.$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
  });
});

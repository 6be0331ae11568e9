import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { findTests, type NamedTest, testsOf } from './traceability/find-tests.ts';
import { renderMatrix } from './traceability/render-matrix.ts';
import {
  ACCEPTANCE_SCENARIOS,
  API_SCENARIOS,
  REQUIREMENTS,
  SCENARIOS_FROM_USE,
} from './traceability/requirements.ts';

const root = join(import.meta.dirname, '..');
let tests: NamedTest[];

beforeAll(async () => {
  tests = await findTests(root);
});

describe('the specification', () => {
  it('is listed completely and in order', () => {
    expect(REQUIREMENTS.map(({ id }) => id)).toEqual(numbers('R', 27));
    expect(ACCEPTANCE_SCENARIOS.map(({ id }) => id)).toEqual(numbers('A', 32));
    expect([...ACCEPTANCE_SCENARIOS, ...SCENARIOS_FROM_USE].map(({ id }) => id)).toEqual(numbers('A', 50));
  });

  it('has the same numbers in docs/design/requirements.md', async () => {
    const page = await readFile(join(root, 'docs/design/requirements.md'), 'utf8');
    const written = [...page.matchAll(/^\| ([AR]-\d{3}) \|/gm)].map(([, id]) => id);
    expect(written).toEqual(
      [...REQUIREMENTS, ...ACCEPTANCE_SCENARIOS, ...SCENARIOS_FROM_USE].map(({ id }) => id),
    );
  });

  it('has a requirement for every acceptance scenario', () => {
    const shown = new Set(REQUIREMENTS.flatMap(({ scenarios }) => scenarios));
    expect(ACCEPTANCE_SCENARIOS.filter(({ id }) => !shown.has(id))).toEqual([]);
  });
});

describe('the tests', () => {
  it.each(ACCEPTANCE_SCENARIOS)(
    'include a test that uses the real services and has a name that begins with $id: $words',
    ({ id }) => {
      const places = API_SCENARIOS.includes(id) ? /^(?:e2e|services\/config-api)\// : /^e2e\//;
      const stories = tests.filter(({ name, file }) => name.startsWith(id) && places.test(file));
      expect(stories).not.toEqual([]);
    },
  );

  it('name only requirements and scenarios that the specification has', () => {
    const known = new Set(
      [...REQUIREMENTS, ...ACCEPTANCE_SCENARIOS, ...SCENARIOS_FROM_USE].map(({ id }) => id),
    );
    expect(tests.filter(({ ids }) => ids.some((id) => !known.has(id)))).toEqual([]);
  });
});

describe('docs/traceability.md', () => {
  it('matches the tests (npm run traceability updates it)', async () => {
    const page = await readFile(join(root, 'docs/traceability.md'), 'utf8');
    expect(page).toBe(await renderMatrix(tests));
  });
});

describe('finding tests', () => {
  const number = (letter: string, digits: number): string => `${letter}-${String(digits).padStart(3, '0')}`;
  const [first, second, requirement] = [number('A', 1), number('A', 2), number('R', 18)];

  it('finds names of tests, suites and table rows, with each number once', () => {
    const source = [
      `it('${first} does it\\'s work', () => {});`,
      `  ["${first}, ${requirement}: both", 1], ['other'],`,
      `describe(\`${requirement} and ${requirement}\`, () => {});`,
    ];
    expect(testsOf('a.test.ts', source.join('\n'))).toEqual([
      { name: `${first} does it's work`, file: 'a.test.ts', ids: [first] },
      { name: `${first}, ${requirement}: both`, file: 'a.test.ts', ids: [first, requirement] },
      { name: `${requirement} and ${requirement}`, file: 'a.test.ts', ids: [requirement] },
    ]);
  });

  it('ignores comments and names that consist only of numbers', () => {
    const source = [`// '${first} no'`, ` * "${first} no"`, `describe('${second}', () => {`];
    expect(testsOf('a.test.ts', source.join('\n'))).toEqual([]);
  });
});

function numbers(letter: string, last: number): string[] {
  return Array.from({ length: last }, (_, i) => `${letter}-${String(i + 1).padStart(3, '0')}`);
}

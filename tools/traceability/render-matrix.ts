import { markdownPage, plain, table } from '../markdown.ts';
import type { NamedTest } from './find-tests.ts';
import { REQUIREMENTS, SCENARIOS, SCENARIOS_FROM_USE } from './requirements.ts';

/** The page that says which test shows which requirement, as Markdown in this repository's format. */
export function renderMatrix(tests: readonly NamedTest[]): Promise<string> {
  const requirements = REQUIREMENTS.map(({ id, words, scenarios }) => {
    const named = tests.filter(({ ids }) => ids.includes(id)).length;
    return [id, words, scenarios.join(', '), named === 0 ? '' : String(named)];
  });
  return markdownPage([
    '# Which test shows which requirement',
    'Written by `npm run traceability` from `tools/traceability/requirements.ts` and the names of the tests; a test ' +
      'compares. A requirement (R) is shown by its acceptance scenarios (A) and by tests that name it.',
    '## Requirements',
    shownTable(['Requirement', 'In short', 'Scenarios', 'Tests that name it'], requirements),
    '## Tests of the scenarios',
    shownTable(
      ['Scenario', 'In short', 'Test', 'File'],
      testRows([...SCENARIOS, ...SCENARIOS_FROM_USE], tests),
    ),
    '## Tests that name a requirement',
    shownTable(['Requirement', 'In short', 'Test', 'File'], testRows(REQUIREMENTS, tests)),
  ]);
}

function testRows(
  demands: readonly { id: string; words: string }[],
  tests: readonly NamedTest[],
): string[][] {
  return demands.flatMap(({ id, words }) =>
    tests
      .filter(({ ids }) => ids.includes(id))
      .map(({ name, file }, i) => (i === 0 ? [id, words, name, file] : ['', '', name, file])),
  );
}

function shownTable(head: string[], rows: string[][]): string {
  return table(
    head,
    rows.map((cells) => cells.map(plain)),
  );
}

import { format } from 'prettier';
import type { NamedTest } from './find-tests.ts';
import { REQUIREMENTS, SCENARIOS, SCENARIOS_FROM_USE } from './requirements.ts';

/** The page that says which test shows which requirement, as Markdown in this repository's format. */
export function renderMatrix(tests: readonly NamedTest[]): Promise<string> {
  const requirements = REQUIREMENTS.map(({ id, words, scenarios }) => {
    const named = tests.filter(({ ids }) => ids.includes(id)).length;
    return [id, words, scenarios.join(', '), named === 0 ? '' : String(named)];
  });
  const page = [
    '# Which test shows which requirement',
    'Written by `npm run traceability` from `tools/traceability/requirements.ts` and the names of the tests; a test ' +
      'compares. A requirement (R) is shown by its acceptance scenarios (A) and by tests that name it.',
    '## Requirements',
    table(['Requirement', 'In short', 'Scenarios', 'Tests that name it'], requirements),
    '## Tests of the scenarios',
    table(['Scenario', 'In short', 'Test', 'File'], testRows([...SCENARIOS, ...SCENARIOS_FROM_USE], tests)),
    '## Tests that name a requirement',
    table(['Requirement', 'In short', 'Test', 'File'], testRows(REQUIREMENTS, tests)),
  ];
  return format(page.join('\n\n'), { parser: 'markdown', proseWrap: 'preserve', printWidth: 110 });
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

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((cells) => cells.map(shown))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Text that Markdown shows as it is. */
function shown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|~$]/g, String.raw`\$&`);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { FIELD_REPORTS } from './field-reports/kinds.ts';

/**
 * `npm run field-reports`: runs the tests whose names contain the number of a kind of field report (F01 to F30), and
 * prints kind → test → result. Exits with 1 if a test fails or a kind has no test.
 */
const root = join(import.meta.dirname, '..');
const NAME = String.raw`\bF(0[1-9]|[12]\d|30)\b`;

interface TestResult {
  fullName: string;
  status: string;
}

async function filesWithReports(): Promise<string[]> {
  const files: string[] = [];
  const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|dist)$/.test(path);
  for await (const file of glob('{packages,services,e2e/stories}/**/*.test.ts', { cwd: root, exclude })) {
    if (new RegExp(NAME).test(await readFile(join(root, file), 'utf8'))) files.push(file);
  }
  return files.toSorted();
}

/** Runs the tests in `files` that have such a number in their names; the output of Jest goes to stderr. */
async function runTests(files: readonly string[]): Promise<(TestResult & { file: string })[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-field-reports-'));
  const output = join(folder, 'results.json');
  try {
    const args = ['--ci', '--json', `--outputFile=${output}`, `--testNamePattern=${NAME}`, ...files];
    const jest = spawn(
      process.execPath,
      [...process.execArgv, join(root, 'node_modules/jest/bin/jest.js'), ...args],
      { cwd: root, stdio: ['ignore', 2, 2] },
    );
    await once(jest, 'exit');
    const { testResults } = JSON.parse(await readFile(output, 'utf8')) as {
      testResults: { name: string; assertionResults: TestResult[] }[];
    };
    return testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map((result) => ({ ...result, file: relative(root, name) })),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const results = (await runTests(await filesWithReports())).filter(({ status }) => status !== 'pending');
let problems = 0;
for (const [id, kind] of Object.entries(FIELD_REPORTS)) {
  const ofKind = results.filter(({ fullName }) => new RegExp(`\\b${id}\\b`).test(fullName));
  console.log(`${id} ${kind}`);
  for (const { fullName, status, file } of ofKind) console.log(`  → ${fullName} (${file}) → ${status}`);
  if (ofKind.length === 0) console.log('  → no test');
  problems += ofKind.length === 0 ? 1 : ofKind.filter(({ status }) => status !== 'passed').length;
}
console.log(`${Object.keys(FIELD_REPORTS).length} kinds, ${results.length} tests, ${problems} problems`);
process.exitCode = problems > 0 ? 1 : 0;

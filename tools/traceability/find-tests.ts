import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A test, a suite or a row of a test table whose name contains requirement or scenario numbers. */
export interface NamedTest {
  name: string;
  /** Path from the root, with slashes. */
  file: string;
  /** Numbers such as `A-001` and `R-018`, in the order in which the name contains them. */
  ids: readonly string[];
}

/** Files that Jest runs (jest.config.js, jest.*.config.js), except those of apps and the benchmark. */
const TEST_FILES = '{packages,services,examples,tools,e2e}/**/*.{test,browser}.ts';
const ID = /\b[AR]-0\d\d\b/g;
const TEXT = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`/g;
const COMMENT = /^\s*(?:\/\/|\/?\*)/;

/** Reads all test files below a root. Returns their named tests, sorted by file and by position in the file. */
export async function findTests(root: string): Promise<NamedTest[]> {
  const files: string[] = [];
  const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|dist)$/.test(path);
  for await (const file of glob(TEST_FILES, { cwd: root, exclude })) files.push(file);
  const tests = files.sort().map(async (file) => testsOf(file, await readFile(join(root, file), 'utf8')));
  return (await Promise.all(tests)).flat();
}

/**
 * Finds the string literals of a test file that contain requirement or scenario numbers. Tests are found by reading the
 * source, not by running it, so a number must appear in a string literal on one line. A suite named only by numbers is
 * ignored, because it adds nothing to its tests.
 */
export function testsOf(file: string, source: string): NamedTest[] {
  const lines = source.split('\n').filter((line) => !COMMENT.test(line));
  const texts = lines.flatMap((line) => line.match(TEXT) ?? []);
  return texts.flatMap((text) => {
    const name = text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    const ids = [...new Set(name.match(ID) ?? [])];
    const isNamed = /[a-z]/.test(name);
    return ids.length > 0 && isNamed ? [{ name, file, ids }] : [];
  });
}

import { readFile } from 'node:fs/promises';
import { Instrumenter } from '@stryker-mutator/instrumenter';

/** One change to a source file. */
export interface Mutant {
  id: string;
  /** Line number, from 1. */
  line: number;
  /** Text of the line on which the change starts, without indentation. */
  lineText: string;
  /** Kind of change, as Stryker names it. */
  mutator: string;
  original: string;
  replacement: string;
}

export interface InstrumentedFile {
  /** TypeScript with all mutants in it; `globalThis.__stryker__.activeMutant` selects the mutant that applies. */
  source: string;
  mutants: Mutant[];
}

/** Discards the progress log of the instrumenter. */
const QUIET = {
  isDebugEnabled: () => false,
  debug: () => undefined,
  info: () => undefined,
} as unknown as ConstructorParameters<typeof Instrumenter>[0];

/** Creates the mutants of a file with Stryker's mutators. The file itself is not changed. */
export async function instrument(path: string): Promise<InstrumentedFile> {
  const content = await readFile(path, 'utf8');
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const { files, mutants } = await new Instrumenter(QUIET).instrument(
    [{ name: path, mutate: true, content }],
    options,
  );
  const lines = content.split('\n');
  return {
    source: String(files[0]?.content),
    mutants: mutants.map(({ id, location: { start, end }, mutatorName, replacement }) => ({
      id,
      line: start.line + 1,
      lineText: String(lines[start.line]).trim(),
      mutator: mutatorName,
      original: textBetween(lines, start, end),
      replacement,
    })),
  };
}

interface Position {
  line: number;
  column: number;
}

function textBetween(lines: readonly string[], start: Position, end: Position): string {
  const range = lines.slice(start.line, end.line + 1);
  const last = range.length - 1;
  return range
    .map((line, index) => line.slice(index === 0 ? start.column : 0, index === last ? end.column : undefined))
    .join('\n');
}

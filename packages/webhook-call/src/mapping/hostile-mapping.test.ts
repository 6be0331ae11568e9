import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { DefinitionProblem } from '../definition-problem.ts';
import {
  HOSTILE_DOCUMENTS,
  HOSTILE_EXPRESSIONS,
  outcomeOf,
  type HostileOutcome,
} from '../testing/hostile-mappings.ts';
import { compileMapping } from './compile-mapping.ts';

const SCRIPT = join(import.meta.dirname, '../testing/run-hostile-mappings.ts');
/** Heap limit, of which Node, the library and the texts of all pairs use about 20 MB. */
const HEAP_MB = 128;

describe('hostile expressions and documents', () => {
  let outcomes: HostileOutcome[];

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=hookline-source', `--max-old-space-size=${HEAP_MB}`, SCRIPT],
      { maxBuffer: 16_777_216 },
    );
    outcomes = JSON.parse(stdout) as HostileOutcome[];
  });

  it('include only valid expressions', () => {
    const problems: DefinitionProblem[] = [];
    for (const expression of HOSTILE_EXPRESSIONS) compileMapping({ x: expression }, problems);
    expect(problems).toEqual([]);
  });

  it(`finish in every combination within a heap of ${HEAP_MB} MB`, () => {
    expect(outcomes).toHaveLength(HOSTILE_EXPRESSIONS.length * Object.keys(HOSTILE_DOCUMENTS).length);
  });

  it.each([
    // Takes exponential time, so it is aborted on every machine.
    [`$${'[*,*]'.repeat(60)}.nowhere`, 'binary tree'],
    ['$..[?$..[?@ == $]]', 'binary tree'],
    ['$..[?count($..[*,*,*,*])>0].nowhere', 'binary tree'],
    ["$..[?match(@, '(a|a)*b')]", 'text and pattern'],
    ["$..[?search(@, '(a*)*b')]", 'one text'],
    ['$..[?match($.text, $.pattern)]', 'text and pattern'],
  ])('run out of time for %s on %s', (expression, document) => {
    const found = outcomes.find((one) => one.expression === expression && one.document === document);
    expect(found?.outcome).toBe('query_timed_out');
  });

  it('result in an error if a descendant segment descends deeper than the library permits', () => {
    // The time limit is far more than even a busy machine needs to reach the library's bound.
    expect(outcomeOf('$..*', HOSTILE_DOCUMENTS['deep']!, 60_000)).toBe('query_failed');
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import type { DefinitionProblem } from '../definition-problem.ts';
import { applyMapping } from '../testing/apply-mapping.ts';
import { compileMapping } from './compile-mapping.ts';

/** Path of the compliance suite of RFC 9535, which is not part of the repository. */
const SUITE = join(import.meta.dirname, '../../../../../shared/cases/jsonpath-cts.json');

interface Case {
  name: string;
  selector: string;
  document?: unknown;
  /** The expected nodelist; replaced by `results` if several orders are valid. */
  result?: unknown[];
  results?: unknown[][];
  invalid_selector?: boolean;
}

/** Placeholder, because a table of cases must not be empty, even if it is skipped. */
const NONE: Case = { name: 'none', selector: '$' };

function casesOfSuite(): Case[] {
  if (!existsSync(SUITE)) return [];
  return (JSON.parse(readFileSync(SUITE, 'utf8')) as { tests: Case[] }).tests;
}

/** Returns the result of mapping a nodelist: `no_match`, its only value, or an array of its values. */
function expected(nodes: readonly unknown[]): unknown {
  if (nodes.length === 0) return 'no_match';
  return nodes.length === 1 ? nodes[0] : nodes;
}

function mapped(selector: string, document: unknown): unknown {
  const problems: DefinitionProblem[] = [];
  const mapping = compileMapping({ x: selector }, problems);
  if (problems.length > 0) return { refused: problems };
  const response = { body: Buffer.from(JSON.stringify(document)), truncated: false };
  const { fields, errors } = applyMapping(mapping, response, createSecretFilter([]));
  return fields['x'] === undefined ? errors['x'] : JSON.parse(fields['x']);
}

const cases = casesOfSuite();
const there = cases.length > 0;
const absent = there ? '' : ' (skipped: ../shared/cases/jsonpath-cts.json does not exist)';

(there ? describe : describe.skip)(`RFC 9535, compliance suite${absent}`, () => {
  const invalid = cases.filter((one) => one.invalid_selector);
  const valid = cases.filter((one) => !one.invalid_selector);

  it('is complete', () => {
    expect(cases).toHaveLength(703);
  });

  it.each(there ? invalid : [NONE])('refuses $selector ($name)', ({ selector }) => {
    expect(mapped(selector, null)).toMatchObject({ refused: [{}] });
  });

  it.each(there ? valid : [NONE])('maps $selector ($name)', (one) => {
    const right = (one.results ?? [one.result ?? []]).map(expected);
    expect(right).toContainEqual(mapped(one.selector, one.document));
  });
});

import { createSecretFilter } from '@hookline/credentials/secret-filter';
import type { MappingError } from '../mapping/apply-mapping.ts';
import { applyMapping } from './apply-mapping.ts';
import { CpuLimit } from '../evaluation/worker/cpu-limit.ts';
import { compileMapping } from '../mapping/compile-mapping.ts';

/** Expressions that are accepted when a webhook is saved and are as costly as possible. */
export const HOSTILE_EXPRESSIONS = [
  '$..*',
  '$..*..*',
  '$..*..nowhere',
  '$..[*,*,*,*,*,*,*,*]..[*,*,*,*,*,*,*,*].nowhere',
  `$${'[*,*]'.repeat(60)}.nowhere`,
  '$[?count(@..*..*)>0].nowhere',
  '$..[?count($..[*,*,*,*])>0].nowhere',
  '$..[?$..[?@ == $]]',
  '$..[?length(value($..*))>1]',
  "$..[?match(@, '(a|a)*b')]",
  "$..[?search(@, '(a*)*b')]",
  "$..[?search(@, '(.*)(.*)(.*)(.*)(.*)(.*)x')]",
  '$..[?match($.text, $.pattern)]',
  "$..[?search(@, '((((a{1000}){1000}){1000}){1000})')]",
];

const nested = (depth: number, inside: string): string => '['.repeat(depth) + inside + ']'.repeat(depth);

/** Documents of up to 256 KiB (the limit for reading a response) that make these expressions as costly as possible. */
export const HOSTILE_DOCUMENTS: Readonly<Record<string, string>> = {
  flat: `[${'0,'.repeat(131_000)}0]`,
  deep: nested(131_000, ''),
  'many of depth 45': `[${Array.from({ length: 2_700 }, () => nested(45, '0')).join()}]`,
  'wide at depth 45': nested(45, `${'0,'.repeat(130_000)}0`),
  'binary tree': binaryTree(15),
  'wide object': `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join()}}`,
  'one text': JSON.stringify(['a'.repeat(262_000)]),
  'text and pattern': JSON.stringify({ text: `${'a'.repeat(40)}!`, pattern: '(a|a)*b', rest: [[[['a']]]] }),
  'nested pattern': JSON.stringify({ text: 'a', pattern: `${'('.repeat(60_000)}a${')'.repeat(60_000)}` }),
};

function binaryTree(depth: number): string {
  return depth === 0 ? '0' : `[${binaryTree(depth - 1)},${binaryTree(depth - 1)}]`;
}

export interface HostileOutcome {
  expression: string;
  document: string;
  outcome: MappingError | 'mapped';
}

/** CPU time allowed for each pair of expression and document, in ms. */
const LIMIT_MS = 100;

/** Applies every expression to every document, as a worker does. */
export function runHostileMappings(): HostileOutcome[] {
  return HOSTILE_EXPRESSIONS.flatMap((expression) =>
    Object.entries(HOSTILE_DOCUMENTS).map(([document, text]) => ({
      expression,
      document,
      outcome: outcomeOf(expression, text, LIMIT_MS),
    })),
  );
}

/** Applies one expression to the text of one document, limited to `limitMs` of CPU time. */
export function outcomeOf(expression: string, text: string, limitMs: number): MappingError | 'mapped' {
  const compiled = compileMapping({ x: expression }, []);
  const answer = { body: Buffer.from(text), truncated: false };
  return (
    applyMapping(compiled, answer, createSecretFilter([]), new CpuLimit(limitMs)).errors['x'] ?? 'mapped'
  );
}

import { isTextWithinDepth } from '@hookline/shared/contracts/json-depth';
import type { JsonDocument } from '@hookline/shared/contracts/json-document';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { compileMapping } from '@hookline/webhook-call/mapping/compile-mapping';
import type { DefinitionProblem } from '@hookline/webhook-call/definition-problem';
import type { JSONPathQuery, JSONValue } from 'json-p3';
import type { FormProblem } from '../model/form-problems.ts';

/**
 * The part of the form that needs the JSONPath library. It is a separate bundle, which is loaded for the first mapping.
 */
export interface MappingTools {
  /** Lists the problems of a mapping that the API would report. */
  problems(mapping: Readonly<Record<string, string>>): readonly FormProblem[];
  /** Tries one expression on a response; `answer` is null if the response is not JSON. */
  try(expression: string, answer: JsonDocument | null): MappingTrial;
}

export const mappingTools: MappingTools = {
  problems: (mapping) => {
    const problems: DefinitionProblem[] = [];
    compileMapping(mapping, problems);
    return problems;
  },
  try: tryMapping,
};

/** Result of an expression on a response, as the dispatcher would store it. */
export type MappingTrial =
  | { kind: 'value'; count: number; type: string; json: string }
  | { kind: 'no_match' | 'value_too_large' | 'query_failed' | 'invalid' | 'not_json' };

const MAX_VALUE_BYTES = 64 * 1_024;
const MAX_VALUE_DEPTH = 1_000;
const UTF8 = new TextEncoder();

/** Tries one expression with the library and the limits of the dispatcher. */
function tryMapping(expression: string, answer: JsonDocument | null): MappingTrial {
  const [rule] = compileMapping({ value: expression }, []);
  if (!rule) return { kind: 'invalid' };
  if (!answer) return { kind: 'not_json' };
  try {
    return extracted(rule.query, answer);
  } catch {
    // The recursion limit of the library or the stack was exceeded: the response is too deeply nested for the
    // expression.
    return { kind: 'query_failed' };
  }
}

function extracted(query: JSONPathQuery, answer: JsonDocument): MappingTrial {
  const values: string[] = [];
  let bytes = 0;
  let type = '';
  for (const { value, location } of query.lazyQuery(answer.value as JSONValue)) {
    const json = typeof value === 'string' ? stringifyJson(value) : answer.textAt(location);
    if (json === undefined || !isTextWithinDepth(json, MAX_VALUE_DEPTH)) return { kind: 'query_failed' };
    bytes += UTF8.encode(json).length + 1;
    if (bytes > MAX_VALUE_BYTES) return { kind: 'value_too_large' };
    if (values.length === 0) type = typeName(value);
    values.push(json);
  }
  const [first] = values;
  if (first === undefined) return { kind: 'no_match' };
  const isOne = values.length === 1;
  return {
    kind: 'value',
    count: values.length,
    type: isOne ? type : 'array',
    json: isOne ? first : `[${values.join(',')}]`,
  };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

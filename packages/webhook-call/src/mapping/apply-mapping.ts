import type { JSONPathQuery, JSONValue } from 'json-p3';
import { parseJson, stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { redactJson } from '@hookline/credentials/redact-json';
import type { SecretFilter } from '@hookline/credentials/secret-filter';
import type { CompiledMapping, MappingRule } from './compile-mapping.ts';
import { runBounded } from './run-bounded.ts';

/** Why a mapping set nothing. */
export type MappingError =
  | 'no_match'
  | 'response_is_not_json'
  | 'response_too_large'
  | 'value_too_large'
  | 'values_too_large'
  | 'query_failed';

export interface MappedFields {
  /** Target to the JSON text of its value. */
  fields: Record<string, string>;
  errors: Record<string, MappingError>;
}

interface MappableResponse {
  body: Buffer;
  /** The body was cut while it was read. */
  truncated: boolean;
}

const MAX_VALUE_BYTES = 64 * 1_024;
const MAX_VALUES_BYTES = 512 * 1_024;
/** Time for all costly expressions of one answer together; a plain one takes microseconds. */
const BUDGET_MS = 100;

type Picked = { value: string } | { error: MappingError };

/**
 * Picks values from the body of a successful response, each mapping on its own. One match gives the value
 * with its type, several an array of them. Known secrets are filtered from the values.
 * @param budgetMs time for all costly expressions together
 */
export function applyMapping(
  mapping: CompiledMapping,
  { body, truncated }: MappableResponse,
  secrets: SecretFilter,
  budgetMs = BUDGET_MS,
): MappedFields {
  const mapped: MappedFields = { fields: {}, errors: {} };
  if (mapping.length === 0) return mapped;
  const document = truncated ? undefined : readDocument(body);
  const deadline = performance.now() + budgetMs;
  let totalBytes = 0;
  for (const rule of mapping) {
    const picked: Picked =
      document === undefined
        ? { error: truncated ? 'response_too_large' : 'response_is_not_json' }
        : pick(rule, document, deadline);
    if ('error' in picked) {
      mapped.errors[rule.target] = picked.error;
      continue;
    }
    const value = redactJson(picked.value, secrets);
    totalBytes += Buffer.byteLength(value);
    if (totalBytes > MAX_VALUES_BYTES) mapped.errors[rule.target] = 'values_too_large';
    else mapped.fields[rule.target] = value;
  }
  return mapped;
}

/** JSON is UTF-8 (RFC 8259, section 8.1); a byte order mark before it may be ignored. `undefined` if it is none. */
function readDocument(body: Buffer): JSONValue | undefined {
  try {
    return parseJson(body.toString().replace(/^\ufeff/, '')) as JSONValue;
  } catch (error) {
    // RangeError: nested deeper than the stack allows.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function pick({ query, costly }: MappingRule, document: JSONValue, deadline: number): Picked {
  try {
    if (!costly) return evaluate(query, document);
    return (
      runBounded(() => evaluate(query, document), deadline - performance.now()) ?? { error: 'query_failed' }
    );
  } catch {
    // The library's own limits (recursion) and the stack: the answer does not suit the expression.
    return { error: 'query_failed' };
  }
}

/** Serialises match by match, so that nested matches cannot multiply the document before the limit is seen. */
function evaluate(query: JSONPathQuery, document: JSONValue): Picked {
  const values: string[] = [];
  let bytes = 0;
  for (const node of query.lazyQuery(document)) {
    const value = stringifyJson(node.value);
    bytes += Buffer.byteLength(value) + 1;
    if (bytes > MAX_VALUE_BYTES) return { error: 'value_too_large' };
    values.push(value);
  }
  const [first] = values;
  if (first === undefined) return { error: 'no_match' };
  return { value: values.length === 1 ? first : `[${values.join(',')}]` };
}

import type { JSONPathQuery, JSONValue } from 'json-p3';
import { parseJson, stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { redactJson } from '@hookline/credentials/redact-json';
import type { SecretFilter } from '@hookline/credentials/secret-filter';
import type { CompiledMapping, MappingRule } from './compile-mapping.ts';
import { runBounded } from './run-bounded.ts';

/** Reason why a mapping set no value. */
export type MappingError =
  | 'no_match'
  | 'response_is_not_json'
  | 'response_too_large'
  | 'value_too_large'
  | 'values_too_large'
  | 'query_failed';

export interface MappedFields {
  /** JSON text of each value, by target. */
  fields: Record<string, string>;
  errors: Record<string, MappingError>;
}

interface MappableResponse {
  body: Buffer;
  /** Whether the body was not read to its end. */
  truncated: boolean;
}

const MAX_VALUE_BYTES = 64 * 1_024;
const MAX_VALUES_BYTES = 512 * 1_024;
/** Time limit for all costly expressions on one response together; a simple one takes microseconds. */
const BUDGET_MS = 100;

type Extraction = { value: string } | { error: MappingError };

/**
 * Extracts values from the body of a successful response, each mapping independently. One match results in the
 * value with its type, several in an array of values. Known secrets are filtered from the values.
 * @param budgetMs time limit for all costly expressions together
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
    const extraction: Extraction =
      document === undefined
        ? { error: truncated ? 'response_too_large' : 'response_is_not_json' }
        : extract(rule, document, deadline);
    if ('error' in extraction) {
      mapped.errors[rule.target] = extraction.error;
      continue;
    }
    const value = redactJson(extraction.value, secrets);
    totalBytes += Buffer.byteLength(value);
    if (totalBytes > MAX_VALUES_BYTES) mapped.errors[rule.target] = 'values_too_large';
    else mapped.fields[rule.target] = value;
  }
  return mapped;
}

/** Parses JSON in UTF-8 (RFC 8259, section 8.1), ignoring a byte order mark. `undefined` if the body is not JSON. */
function readDocument(body: Buffer): JSONValue | undefined {
  try {
    return parseJson(body.toString().replace(/^\ufeff/, '')) as JSONValue;
  } catch (error) {
    // RangeError: nested deeper than the stack allows.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function extract({ query, costly }: MappingRule, document: JSONValue, deadline: number): Extraction {
  try {
    if (!costly) return evaluate(query, document);
    return (
      runBounded(() => evaluate(query, document), deadline - performance.now()) ?? { error: 'query_failed' }
    );
  } catch {
    // The library's recursion limit or the stack: the response is too deeply nested for the expression.
    return { error: 'query_failed' };
  }
}

/** Serialises match by match, so that nested matches cannot multiply the document before the limit is checked. */
function evaluate(query: JSONPathQuery, document: JSONValue): Extraction {
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

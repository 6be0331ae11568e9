import type { JSONPathQuery, JSONValue } from 'json-p3';
import { parseJson, stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { redactJson } from '@hookline/credentials/redact-json';
import type { SecretFilter } from '@hookline/credentials/secret-filter';
import type { CompiledMapping, MappingRule } from './compile-mapping.ts';

/** Reason why a mapping set no value. */
export type MappingError =
  | 'no_match'
  | 'response_is_not_json'
  | 'response_too_large'
  | 'value_too_large'
  | 'values_too_large'
  | 'query_failed'
  /** The CPU time for everything that follows a response was used up first. */
  | 'query_timed_out';

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

/** Value that an expression extracted, or the reason why it extracted none. */
type Extraction = { value: string } | { error: MappingError };

/** Result of one mapping: the JSON text of a value, or the reason why it set none. */
export type MappingResult = { target: string } & Extraction;

/** Bounds the time spent on a response. */
export interface TimeLimit {
  isOver(): boolean;
  /**
   * Runs work and aborts it when the time is over.
   * @param size weight of the expression times bytes of the document: what is small need not be aborted
   * @returns undefined if the work was aborted
   */
  run<T>(work: () => T, size: number): T | undefined;
}

/** For work that is already bounded by its sizes. */
const UNLIMITED: TimeLimit = { isOver: () => false, run: (work) => work() };

/**
 * Extracts values from the body of a successful response, each mapping independently. One match results in the
 * value with its type, several in an array of values. Secrets that the endpoint echoed are still in them; `redactValues`
 * filters them.
 */
export function* extractValues(
  mapping: CompiledMapping,
  { body, truncated }: MappableResponse,
  limit = UNLIMITED,
): Generator<MappingResult> {
  if (mapping.length === 0) return;
  const document = truncated ? undefined : readDocument(body);
  let totalBytes = 0;
  for (const rule of mapping) {
    const extraction: Extraction =
      document === undefined
        ? { error: truncated ? 'response_too_large' : 'response_is_not_json' }
        : extract(rule, { document, bytes: body.length }, limit);
    if ('value' in extraction) totalBytes += Buffer.byteLength(extraction.value);
    const isTooMuch = 'value' in extraction && totalBytes > MAX_VALUES_BYTES;
    yield { target: rule.target, ...(isTooMuch ? { error: 'values_too_large' } : extraction) };
  }
}

/** Filters known secrets from extracted values. Filtering may make values longer, so their bytes are counted again. */
export function* redactValues(
  results: Iterable<MappingResult>,
  secrets: SecretFilter,
): Generator<MappingResult> {
  let totalBytes = 0;
  for (const result of results) {
    if ('error' in result) {
      yield result;
      continue;
    }
    const value = totalBytes > MAX_VALUES_BYTES ? null : redactJson(result.value, secrets);
    if (value !== null) totalBytes += Buffer.byteLength(value);
    const { target } = result;
    yield value === null || totalBytes > MAX_VALUES_BYTES
      ? { target, error: 'values_too_large' }
      : { target, value };
  }
}

/** Collects results by target. */
export function mappedFields(results: Iterable<MappingResult>): MappedFields {
  const mapped: MappedFields = { fields: {}, errors: {} };
  for (const result of results) {
    if ('error' in result) mapped.errors[result.target] = result.error;
    else mapped.fields[result.target] = result.value;
  }
  return mapped;
}

/**
 * Parses JSON in UTF-8 (RFC 8259, section 8.1), ignoring a byte order mark. An integer of more than 100 digits becomes a
 * string, so that no digit is lost. `undefined` if the body is not JSON.
 */
function readDocument(body: Buffer): JSONValue | undefined {
  try {
    return parseJson(body.toString().replace(/^\ufeff/, ''), 'text') as JSONValue;
  } catch (error) {
    // RangeError: nested deeper than the stack allows.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function extract(
  { query, weight }: MappingRule,
  { document, bytes }: { document: JSONValue; bytes: number },
  limit: TimeLimit,
): Extraction {
  if (limit.isOver()) return { error: 'query_timed_out' };
  try {
    return limit.run(() => evaluate(query, document), weight * bytes) ?? { error: 'query_timed_out' };
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

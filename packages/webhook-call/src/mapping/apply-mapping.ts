import type { JSONPathQuery, JSONValue } from 'json-p3';
import { isTextWithinDepth } from '@hookline/shared/contracts/json-depth';
import { JsonDocument } from '@hookline/shared/contracts/json-document';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { redactJson } from '@hookline/credentials/redact-json';
import type { SecretFilter } from '@hookline/credentials/secret-filter';
import type { CompiledMapping, MappingRule } from './compile-mapping.ts';

/** Reason why a mapping set no value. */
export type MappingError =
  | 'no_match'
  | 'response_is_not_json'
  /** The bytes of the body do not match the compression or the charset that the response headers declare. */
  | 'response_undecodable'
  | 'response_too_large'
  | 'value_too_large'
  | 'values_too_large'
  | 'query_failed'
  /** The CPU time allowed for processing the response was used up before the mapping had finished. */
  | 'query_timed_out';

export interface MappedFields {
  /** JSON text of each value, by target. */
  fields: Record<string, string>;
  errors: Record<string, MappingError>;
}

interface MappableResponse {
  body: Buffer;
  undecodable?: boolean;
  /** Whether the body was not read to its end. */
  truncated: boolean;
}

const MAX_VALUE_BYTES = 64 * 1_024;
const MAX_VALUES_BYTES = 512 * 1_024;
/** Consumers parse the values, often with recursive code, so deep nesting could overflow their stack. */
const MAX_VALUE_DEPTH = 1_000;

/** Value that an expression extracted, or the reason why it extracted no value. */
type Extraction = { value: string } | { error: MappingError };

/** Result of one mapping: the JSON text of a value, or the reason why the mapping set no value. */
export type MappingResult = { target: string } & Extraction;

/** Bounds the time spent on a response. */
export interface TimeLimit {
  isOver(): boolean;
  /**
   * Runs work and aborts it when the time is over.
   * @param size weight of the expression times bytes of the document; small work need not be aborted
   * @returns undefined if the work was aborted
   */
  run<T>(work: () => T, size: number): T | undefined;
}

/** No limit, for work that is already bounded by its sizes. */
const UNLIMITED: TimeLimit = { isOver: () => false, run: (work) => work() };

/**
 * Extracts values from the body of a successful response, each mapping independently. One match results in
 * its value, which keeps its type and, if it is a number, its text; several matches result in an array of their
 * values. Expressions compare numbers as doubles. The values may contain secrets that the endpoint echoed;
 * `redactValues` filters them.
 */
export function* extractValues(
  mapping: CompiledMapping,
  response: MappableResponse,
  limit = UNLIMITED,
): Generator<MappingResult> {
  if (mapping.length === 0) return;
  const unreadable = unreadableReason(response);
  const { body } = response;
  const document = unreadable ? undefined : readDocument(body);
  let totalBytes = 0;
  for (const rule of mapping) {
    const extraction: Extraction =
      document === undefined
        ? { error: unreadable ?? 'response_is_not_json' }
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

function unreadableReason({ undecodable, truncated }: MappableResponse): MappingError | null {
  if (truncated) return 'response_too_large';
  return undecodable ? 'response_undecodable' : null;
}

/**
 * Parses JSON in UTF-8 (RFC 8259, section 8.1), ignoring a byte order mark.
 * @returns undefined if the body is not JSON
 */
function readDocument(body: Buffer): JsonDocument | undefined {
  try {
    return new JsonDocument(body.toString().replace(/^\ufeff/, ''));
  } catch (error) {
    // A `JSON.parse` that recurses throws a RangeError for deep nesting; that of V8 does not recurse.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function extract(
  { query, weight }: MappingRule,
  { document, bytes }: { document: JsonDocument; bytes: number },
  limit: TimeLimit,
): Extraction {
  if (limit.isOver()) return { error: 'query_timed_out' };
  try {
    return limit.run(() => evaluate(query, document), weight * bytes) ?? { error: 'query_timed_out' };
  } catch {
    // The library's recursion limit or the stack was exceeded: the response is too deeply nested for the expression.
    return { error: 'query_failed' };
  }
}

/**
 * Runs a query and serialises match by match, so that the size limit is checked before nested matches multiply the
 * document.
 */
function evaluate(query: JSONPathQuery, document: JsonDocument): Extraction {
  const values: string[] = [];
  let bytes = 0;
  for (const node of query.lazyQuery(document.value as JSONValue)) {
    const value = typeof node.value === 'string' ? stringifyJson(node.value) : document.textAt(node.location);
    if (value === undefined) throw new Error('a match has no place in the document');
    if (!isTextWithinDepth(value, MAX_VALUE_DEPTH)) return { error: 'query_failed' };
    bytes += Buffer.byteLength(value) + 1;
    if (bytes > MAX_VALUE_BYTES) return { error: 'value_too_large' };
    values.push(value);
  }
  const [first] = values;
  if (first === undefined) return { error: 'no_match' };
  return { value: values.length === 1 ? first : `[${values.join(',')}]` };
}

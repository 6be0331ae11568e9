import type { JSONPathQuery, JSONValue } from 'json-p3';
import { parseJson, stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { redactJson } from '@hookline/credentials/redact-json';
import type { SecretFilter } from '@hookline/credentials/secret-filter';
import type { CompiledMapping, MappingRule } from './compile-mapping.ts';

/** Why a mapping set nothing. */
export type MappingError =
  | 'no_match'
  | 'response_is_not_json'
  | 'response_too_large'
  | 'value_too_large'
  | 'values_too_large'
  | 'query_failed'
  /** The time for everything that follows an answer was over before its value was found and filtered. */
  | 'query_timed_out';

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

/** What an expression picked, or why it picked nothing. */
type Picked = { value: string } | { error: MappingError };

/** One mapping with its result: the JSON text of a value, or why it set nothing. */
export type MappingResult = { target: string } & Picked;

/** What may be spent on an answer. */
export interface TimeLimit {
  isOver(): boolean;
  /** Breaks work off when the time is over. @returns undefined if it was */
  run<T>(work: () => T): T | undefined;
}

/** Where sizes have bounded the work already. */
const UNLIMITED: TimeLimit = { isOver: () => false, run: (work) => work() };

/**
 * Picks values from the body of a successful response, each mapping on its own. One match gives the value
 * with its type, several an array of them. The values still hold what the endpoint echoes; `redactValues` filters them.
 */
export function* pickValues(
  mapping: CompiledMapping,
  { body, truncated }: MappableResponse,
  limit = UNLIMITED,
): Generator<MappingResult> {
  if (mapping.length === 0) return;
  const document = truncated ? undefined : readDocument(body);
  let totalBytes = 0;
  for (const rule of mapping) {
    const picked: Picked =
      document === undefined
        ? { error: truncated ? 'response_too_large' : 'response_is_not_json' }
        : pick(rule, document, limit);
    if ('value' in picked) totalBytes += Buffer.byteLength(picked.value);
    const isTooMuch = 'value' in picked && totalBytes > MAX_VALUES_BYTES;
    yield { target: rule.target, ...(isTooMuch ? { error: 'values_too_large' } : picked) };
  }
}

/** Filters known secrets from what was picked; filtering may make values longer, so they are counted again. */
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

/** Results by target. */
export function mappedFields(results: Iterable<MappingResult>): MappedFields {
  const mapped: MappedFields = { fields: {}, errors: {} };
  for (const result of results) {
    if ('error' in result) mapped.errors[result.target] = result.error;
    else mapped.fields[result.target] = result.value;
  }
  return mapped;
}

/**
 * JSON is UTF-8 (RFC 8259, section 8.1); a byte order mark before it may be ignored. An integer of more than 100 digits
 * becomes a string of them, so that none is lost. `undefined` if it is none.
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

function pick({ query, weight }: MappingRule, document: JSONValue, limit: TimeLimit): Picked {
  if (limit.isOver()) return { error: 'query_timed_out' };
  try {
    if (weight < Infinity) return evaluate(query, document);
    return limit.run(() => evaluate(query, document)) ?? { error: 'query_timed_out' };
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

import { redactJson } from '@hookline/credentials/redact-json';
import { createSecretFilter, type SecretFilter } from '@hookline/credentials/secret-filter';
import type { AttemptRequest, AttemptResponse } from '@hookline/shared/contracts/events';
import type { CallResponse } from '../call/call-result.ts';
import {
  type MappedFields,
  mappedFields,
  type MappingResult,
  extractValues,
  redactValues,
  type TimeLimit,
} from '../mapping/apply-mapping.ts';
import type { CompiledMapping } from '../mapping/compile-mapping.ts';
import { attemptResponse, completedResponse, type CompletedResponse } from '../outcome/stored-response.ts';
import { attemptRequest, type SentRequest, type ShownRequest } from '../request/attempt-request.ts';

/**
 * The request and response of a call, with everything needed to read them. Plain values, which a worker can receive.
 */
export interface AnswerToRead {
  /** Null if no request could be built. */
  request: SentRequest | null;
  /** Null if no response arrived. */
  response: CallResponse | null;
  /** Secrets that must be filtered from everything that is kept. */
  secrets: readonly string[];
  shown: ShownRequest;
  /** Expressions by target; null if the call failed, because only a successful response is mapped. */
  responseMapping: Readonly<Record<string, string>> | null;
  /** For a test call, JSON text that is also filtered; otherwise null. */
  sampleData: string | null;
}

/** The part of an answer that is kept: known secrets filtered, bodies truncated. */
interface StoredAnswer {
  request: AttemptRequest | null;
  response: AttemptResponse | null;
  /** The response for the completed event. */
  completed: CompletedResponse | null;
  sampleData: string | null;
}

/** An answer that has been filtered, truncated and mapped. */
export interface AnswerRead extends StoredAnswer {
  mapped: MappedFields;
}

/** A finished part of an answer, which is kept even if the time runs out afterwards. */
export type AnswerPiece =
  { kind: 'stored'; stored: StoredAnswer } | { kind: 'mapped'; result: MappingResult };

/** Replaces a text that could not be filtered in time. */
export const WITHHELD = '[withheld: searching it for secrets took too long]';

/** Reads an answer piece by piece: first the stored parts, then each mapping. */
export function* readAnswerPieces(
  answer: AnswerToRead,
  mapping: CompiledMapping,
  limit: TimeLimit,
): Generator<AnswerPiece> {
  const secrets = createSecretFilter(answer.secrets);
  yield { kind: 'stored', stored: storedAnswer(answer, secrets) };
  const extracted = answer.response ? extractValues(mapping, answer.response, limit) : [];
  for (const result of redactValues(extracted, secrets)) yield { kind: 'mapped', result };
}

/** Reads an answer whose values have been extracted. */
export function readExtractedAnswer(answer: AnswerToRead, extracted: Iterable<MappingResult>): AnswerRead {
  const secrets = createSecretFilter(answer.secrets);
  return { ...storedAnswer(answer, secrets), mapped: mappedFields(redactValues(extracted, secrets)) };
}

/**
 * Joins the finished pieces of an answer. Withholds the stored parts if they are not finished, and reports each
 * unfinished mapping as timed out.
 */
export function joinPieces(answer: AnswerToRead, pieces: readonly AnswerPiece[]): AnswerRead {
  const stored = pieces.find((piece) => piece.kind === 'stored')?.stored ?? withheldAnswer(answer);
  const results = pieces.flatMap((piece) => (piece.kind === 'mapped' ? [piece.result] : []));
  const done = new Set(results.map(({ target }) => target));
  const late = Object.keys(answer.responseMapping ?? {})
    .filter((target) => !done.has(target))
    .map((target) => ({ target, error: 'query_timed_out' as const }));
  return { ...stored, mapped: mappedFields([...results, ...late]) };
}

function storedAnswer(
  { request, response, shown, sampleData }: AnswerToRead,
  secrets: SecretFilter,
): StoredAnswer {
  const stored = response && attemptResponse(response, secrets, shown);
  return {
    request: request && attemptRequest(request, secrets, shown),
    response: stored,
    completed: response && stored && completedResponse(response, secrets, stored),
    sampleData: sampleData === null ? null : redactJson(sampleData, secrets),
  };
}

/** Keeps only the parts that are safe without filtering: sizes, the status, and the configured method and origin. */
function withheldAnswer({ request, response, shown, sampleData }: AnswerToRead): StoredAnswer {
  return {
    request: request && {
      url: request.origin,
      method: request.method,
      headers: {},
      body: request.body && shown.storeBodies ? WITHHELD : null,
      bodyBytes: request.body?.length ?? 0,
      bodySha256: null,
    },
    response: response && {
      status: response.status,
      headers: {},
      body: shown.storeBodies ? WITHHELD : null,
      bodyBytes: response.bodyBytes,
      bodyBytesRead: response.bodyBytesRead,
      truncated: true,
    },
    completed: response && {
      responseStatus: response.status,
      responseHeaders: {},
      responseBody: WITHHELD,
      responseTruncated: true,
    },
    sampleData: sampleData === null ? null : JSON.stringify(WITHHELD),
  };
}

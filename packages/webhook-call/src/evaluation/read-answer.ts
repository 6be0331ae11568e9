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

/** An answer with what is needed to read it. Plain values, which can be sent to a worker. */
export interface AnswerToRead {
  /** Null where none could be built. */
  request: SentRequest | null;
  /** Null where none came. */
  response: CallResponse | null;
  /** What must be filtered out of everything that is kept. */
  secrets: readonly string[];
  shown: ShownRequest;
  /** Target to expression; null where nothing is mapped, since only a success is. */
  responseMapping: Readonly<Record<string, string>> | null;
  /** JSON text to be filtered as well; null for none. */
  sampleData: string | null;
}

/** What is kept of an answer: known secrets filtered, bodies cut. */
interface StoredAnswer {
  request: AttemptRequest | null;
  response: AttemptResponse | null;
  /** The response for the completed event. */
  completed: CompletedResponse | null;
  sampleData: string | null;
}

/** An answer that was read. */
export interface AnswerRead extends StoredAnswer {
  mapped: MappedFields;
}

/** A finished part of reading an answer; what is done stays done if the time runs out. */
export type AnswerPiece =
  { kind: 'stored'; stored: StoredAnswer } | { kind: 'mapped'; result: MappingResult };

/** Stands for a text that could not be filtered in time. */
export const WITHHELD = '[withheld: searching it for secrets took too long]';

/** Reads an answer piece by piece: first what is stored, then each mapping. */
export function* readAnswerPieces(
  answer: AnswerToRead,
  mapping: CompiledMapping,
  limit: TimeLimit,
): Generator<AnswerPiece> {
  const secrets = createSecretFilter(answer.secrets);
  yield { kind: 'stored', stored: storedAnswer(answer, secrets) };
  const picked = answer.response ? extractValues(mapping, answer.response, limit) : [];
  for (const result of redactValues(picked, secrets)) yield { kind: 'mapped', result };
}

/** Reads an answer whose values have been picked. */
export function readPickedAnswer(answer: AnswerToRead, picked: Iterable<MappingResult>): AnswerRead {
  const secrets = createSecretFilter(answer.secrets);
  return { ...storedAnswer(answer, secrets), mapped: mappedFields(redactValues(picked, secrets)) };
}

/** Joins the pieces that were finished; everything else ran out of time. */
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

/** What is safe to keep without having been filtered: sizes, the status, the configured method and origin. */
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

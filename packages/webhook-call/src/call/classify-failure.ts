import { DestinationBlockedError } from '@hookline/destination-guard/guarded-connect';
import { ResolveError } from '@hookline/destination-guard/resolver';
import type { CallFailure, FailureKind } from './call-result.ts';
import { failureReason, tlsFailure } from './failure-reason.ts';

/** The overall deadline of a call passed. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(timeoutMs: number) {
    super(`no complete response within ${timeoutMs} ms`);
  }
}

/** A response is valid HTTP but exceeds our limits. The message names the limit and is shown to users. */
export class ResponseLimitError extends Error {
  override readonly name = 'ResponseLimitError';
}

/**
 * A response arrived in more pieces than a call reads. It may be valid: if its head is complete, only the rest of its
 * body is missing, as with a body over the byte limit.
 */
export class TooManyReadsError extends ResponseLimitError {}

const MAX_MESSAGE_LENGTH = 300;

/** undici uses one code for every broken socket; these messages mean that the peer sent something other than HTTP. */
const MALFORMED_SOCKET = /^bad (?:response|upgrade)$/;
/** Message of llhttp when the connection ends within a chunked body. */
const PARSER_AT_END = /Invalid EOF state/;

/**
 * Maps an error of the HTTP client to one of the failures that users see.
 * @param answered whether the response head had been read; a broken connection or a wrong length after that means a
 *   cut-off response
 */
export function classifyFailure(
  error: unknown,
  answered: boolean,
): Pick<CallFailure, 'failure' | 'detail' | 'reason'> {
  const shape = describe(error);
  const failure = failureKind(error, shape, answered);
  const detail =
    error instanceof ResolveError ? `${shape.message} (${error.code})` : detailOf(shape.message, shape.code);
  const reason = error instanceof ResponseLimitError ? error.message : failureReason(failure, shape.code);
  return { failure, detail, reason };
}

function failureKind(error: unknown, shape: ErrorShape, answered: boolean): FailureKind {
  if (error instanceof DeadlineError) return 'timeout';
  if (error instanceof DestinationBlockedError) return 'blocked';
  if (error instanceof ResolveError) return 'dns';
  if (error instanceof ResponseLimitError) return 'malformed';
  const tls = tlsFailure(shape.code);
  if (tls) return tls;
  if (isMalformed(shape, answered)) return 'malformed';
  return answered ? 'cut_off' : 'network';
}

/**
 * Returns the start of a message's first line, with the code. It is shortened because some messages quote certificate
 * contents, which the endpoint chooses.
 */
function detailOf(message: string, code: string): string {
  const [line = ''] = message.split('\n', 1);
  const short = line.slice(0, MAX_MESSAGE_LENGTH);
  return code === '' || short.includes(code) ? short : `${short} (${code})`;
}

function isMalformed({ name, message, code }: ErrorShape, answered: boolean): boolean {
  // A status below 100 fails an assertion in undici.
  if (code === 'ERR_ASSERTION') return true;
  if (name === 'HTTPParserError') return !PARSER_AT_END.test(message);
  if (name === 'SocketError') return MALFORMED_SOCKET.test(message);
  // Before the head is read, this error means that the declared lengths contradict each other; afterwards, it means
  // that the connection ended too early.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return !answered;
  return code === 'UND_ERR_HEADERS_OVERFLOW';
}

interface ErrorShape {
  name: string;
  message: string;
  code: string;
}

/** Reads an error without checking its type, because `instanceof Error` is false for errors of another realm. */
function describe(error: unknown): ErrorShape {
  const { name, message, code } = (error ?? {}) as { name?: unknown; message?: unknown; code?: unknown };
  return {
    name: typeof name === 'string' ? name : '',
    message: typeof message === 'string' ? message : String(error),
    code: typeof code === 'string' ? code : '',
  };
}

import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { schemaFieldErrors } from './field-errors.ts';
import { PROBLEM_CATALOGUE, type ProblemCode, problemType } from './problem-catalogue.ts';
import { invalidFields, ProblemError } from './problem-error.ts';
import { StartingError } from './serving-gate.ts';

/** Headers of every problem document, also of those that no hook of the application reaches. */
export const SHARED_HEADERS = {
  'content-type': 'application/problem+json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Replaces some of Fastify's messages with clearer ones, and those that repeat the path. */
const DETAILS: Partial<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than this API accepts',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON, with Content-Type application/json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty; it must be a JSON object',
  FST_ERR_BAD_URL: 'The path is malformed: a "%" must be followed by two hexadecimal digits of valid UTF-8',
  FST_ERR_MAX_PARAM_LENGTH: 'An id in the path is longer than this API accepts',
};

/** Installs the only handler that turns an error into a response and logs internal errors. */
export function installErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const problem = asProblem(error);
    if (problem.status >= 500 && !(error instanceof StartingError))
      request.log.error({ err: error }, 'request failed');
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new ProblemError(404, 'not_found', `There is no ${request.method} route at this path`),
    ),
  );
}

/** Converts an error to a problem that the caller may see; any other error becomes a bare 500. */
export function asProblem(error: FastifyError | Error): ProblemError {
  if (error instanceof ProblemError) return error;
  if ('validation' in error && error.validation) {
    const errors = schemaFieldErrors(error.validation);
    if (error.validationContext === 'body') return invalidFields(errors);
    const where = error.validationContext ?? 'request';
    return new ProblemError(400, 'invalid_request', `The request has invalid ${where}`, { errors });
  }
  const status = ('statusCode' in error && error.statusCode) || 500;
  if (status >= 400 && status < 500) {
    const code = 'code' in error ? error.code : '';
    return new ProblemError(status, codeOf(status), DETAILS[code] ?? error.message, { cause: error });
  }
  return new ProblemError(500, 'internal_error', 'An internal error occurred; try again later', {
    cause: error,
  });
}

export function sendProblem(reply: FastifyReply, error: ProblemError): FastifyReply {
  const headers = { ...SHARED_HEADERS, ...error.headers };
  return reply.code(error.status).headers(headers).send(problemDocument(error));
}

export function problemDocument(error: ProblemError): Problem {
  return {
    type: problemType(error.code),
    title: PROBLEM_CATALOGUE[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.errors && { errors: [...error.errors] }),
  };
}

/** Codes of the errors that Fastify itself reports. */
const CODES: Partial<Record<number, ProblemCode>> = {
  404: 'not_found',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  431: 'request_header_fields_too_large',
};

function codeOf(status: number): ProblemCode {
  return CODES[status] ?? 'bad_request';
}

import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from './database-away.ts';
import { collectMethods } from './allowed-methods.ts';
import { schemaFieldErrors } from './field-errors.ts';
import { PROBLEM_CATALOGUE, type ProblemCode, problemType } from './problem-catalogue.ts';
import { invalidFields, ProblemError } from './problem-error.ts';
import { StartingError } from './serving-gate.ts';

/** Headers of every problem document, even of one that is sent without running the hooks of the application. */
export const SHARED_HEADERS = {
  'content-type': 'application/problem+json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Replacements for those of Fastify's messages that are unclear or repeat the path. */
const DETAILS: Partial<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than this API accepts',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON, with Content-Type application/json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty; it must be a JSON object',
  FST_ERR_BAD_URL: 'The path is malformed: a "%" must be followed by two hexadecimal digits of valid UTF-8',
  FST_ERR_MAX_PARAM_LENGTH: 'An id in the path is longer than this API accepts',
};

/**
 * Installs the only handler that turns errors of routes and hooks into responses. Logs those with a 5xx status, except
 * StartingError.
 */
export function installErrorHandler(app: FastifyInstance): void {
  const methodsOf = collectMethods(app);
  app.setErrorHandler((error: FastifyError | Error, request, reply) => {
    // For some methods, Fastify checks the content type even if the path has no route; that error becomes a 404 or 405.
    const isOurs = error instanceof ProblemError;
    const problem = request.is404 && !isOurs ? noRoute(request, methodsOf) : asProblem(error);
    if (problem.status >= 500 && !(error instanceof StartingError))
      request.log.error({ err: error }, 'request failed');
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, noRoute(request, methodsOf)));
}

/** Creates the 404 for a path without a route, or the 405 for a path that has routes for other methods. */
function noRoute({ method, url }: FastifyRequest, methodsOf: (path: string) => string[]): ProblemError {
  const [path = ''] = url.split('?', 1);
  const allowed = methodsOf(path);
  if (allowed.length === 0) {
    return new ProblemError(404, 'not_found', `There is no ${method} route at this path`);
  }
  const detail = `There is no ${method} route at this path; use ${allowed.join(' or ')}`;
  return new ProblemError(405, 'method_not_allowed', detail, { headers: { allow: allowed.join(', ') } });
}

/** Converts an error to a problem that the caller may see. An unexpected error becomes a 500 without details. */
export function asProblem(error: FastifyError | Error): ProblemError {
  if (error instanceof ProblemError) return error;
  if ('validation' in error && error.validation) {
    const errors = schemaFieldErrors(error.validation);
    if (error.validationContext === 'body') return invalidFields(errors);
    const where = error.validationContext ?? 'request';
    return new ProblemError(400, 'invalid_request', `Invalid ${where}; errors lists the details`, { errors });
  }
  const status = ('statusCode' in error && error.statusCode) || 500;
  if (status >= 400 && status < 500) {
    const code = 'code' in error ? error.code : '';
    return new ProblemError(status, codeOf(status), DETAILS[code] ?? error.message, { cause: error });
  }
  if (isDatabaseAway(error)) return databaseAway(error);
  return new ProblemError(500, 'internal_error', 'An internal error occurred; try again later', {
    cause: error,
  });
}

/**
 * Creates the 503 for a database that does not respond. Unlike after an internal error, the caller may send the request
 * again soon.
 */
function databaseAway(cause: Error): ProblemError {
  const detail = 'The database does not respond at the moment; send the request again';
  return new ProblemError(503, 'unavailable', detail, { headers: { 'retry-after': '5' }, cause });
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

/** Problem codes of the errors that Fastify itself reports, by status. */
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

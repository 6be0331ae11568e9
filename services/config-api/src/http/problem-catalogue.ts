import { CONFLICT_PROBLEMS } from './conflict-problems.ts';
import type { ProblemType } from './problem-type.ts';

/**
 * Every problem that the API reports, by its code. A code is stable: clients decide by it, and its page is
 * `/problems/<code>`.
 */
export const PROBLEM_CATALOGUE = {
  bad_request: {
    status: 400,
    title: 'The request cannot be read',
    meaning: 'The request is not well-formed HTTP, its path is malformed, or its body is not valid JSON.',
    remedy: 'Correct the request as the detail says. Sending it again unchanged fails again.',
    example: 'The body is empty; it must be a JSON object',
  },
  invalid_request: {
    status: 400,
    title: 'The query, the path or a header is invalid',
    meaning: 'Parameters outside the body are invalid; errors lists all of them.',
    remedy: 'Correct every parameter that errors names; the documentation of the route describes them.',
    example: 'The request has invalid querystring',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid API key',
    meaning: 'The request carries no API key, or one that is unknown, expired or revoked.',
    remedy: 'Send a valid key in the header Authorization, with the scheme Bearer.',
    example: 'Send a valid API key: "Authorization: Bearer <api key>"',
  },
  forbidden: {
    status: 403,
    title: 'The key does not permit this',
    meaning:
      'The API key is valid, but lacks the scope that the route requires, or belongs to another account.',
    remedy: 'Use a key with the scope that the detail names, or ask the owner of the account for one.',
    example: 'This route requires an API key with the scope "write"',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    meaning: 'There is no such route or object. An object of another account is reported in the same way.',
    remedy: 'Check the path and the ids in it, and that the key belongs to the account of the object.',
    example: 'Webhook action not found',
  },
  method_not_allowed: {
    status: 405,
    title: 'The path has no route for this method',
    meaning: 'There are routes at this path, but none for the method of the request.',
    remedy: 'Use a method that the header Allow lists.',
    example: 'There is no DELETE route at this path; use GET or HEAD or POST',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    meaning: 'The request was not complete within 30 seconds.',
    remedy: 'Send it again over a faster connection.',
    example: 'The request took too long to arrive',
  },
  ...CONFLICT_PROBLEMS,
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body, or a field of it, is larger than this API accepts.',
    remedy: 'Send less; the documentation of the field states its limit.',
    example: 'context is larger than 1 MiB',
  },
  uri_too_long: {
    status: 414,
    title: 'An id in the path is too long',
    meaning: 'No id of this API is that long.',
    remedy: 'Check how the client builds the path.',
    example: 'An id in the path is longer than this API accepts',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is not JSON',
    meaning: 'The Content-Type of the request is not one that the route accepts.',
    remedy: 'Send JSON, with the Content-Type application/json.',
    example: 'The body must be JSON, with Content-Type application/json',
  },
  invalid_fields: {
    status: 422,
    title: 'Fields of the body are invalid',
    meaning: 'The body is JSON, but some of its fields are invalid; errors lists all of them at once.',
    remedy: 'Correct every field that errors names.',
    example: '1 field(s) of the body are invalid',
  },
  cursor_of_another_list: {
    status: 422,
    title: 'The cursor belongs to another list',
    meaning: 'The cursor was returned for another filter, another route or another account.',
    remedy: 'Use a cursor only with the query that returned it, or start at the first page without a cursor.',
    example: 'The cursor was returned for another list; send it with the filter that it was returned for',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    meaning:
      'A key stands for one request for 24 hours; this request differs from the first one with the key.',
    remedy: 'Use a new key for a new request, for instance a UUID.',
    example:
      'This Idempotency-Key was used for another request within the last 24 h; use a new key for a new request',
  },
  too_many_failures: {
    status: 429,
    title: 'Too many failed authentications',
    meaning: 'Too many requests without a valid key came from this address.',
    remedy: 'Correct the key of the client, and wait for the time in Retry-After.',
    example: 'Too many failed authentications; wait 42 s',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    meaning:
      'A quota of requests of the key or the account is used up (RateLimit-Policy and RateLimit state them).',
    remedy: 'Wait for the time in Retry-After, or ask the operator for a higher quota.',
    example: 'Too many requests of this API key; wait 3 s',
  },
  too_many_test_calls: {
    status: 429,
    title: 'Too many test calls',
    meaning: 'The account has made too many test calls within a minute, or has too many in progress.',
    remedy: 'Wait for the time in Retry-After.',
    example: 'At most 10 test calls a minute; wait 12 s',
  },
  too_many_evaluations: {
    status: 429,
    title: 'Too many large definitions at the same time',
    meaning: 'Large definitions and test calls of the account are still being processed.',
    remedy: 'Wait for the time in Retry-After.',
    example:
      'At most 8 large definitions and test calls of an account are processed at the same time; wait 1 s',
  },
  too_many_idempotency_keys: {
    status: 429,
    title: 'Too many live Idempotency-Keys',
    meaning: 'The account has as many keys of the last 24 hours as it may have.',
    remedy: 'Wait for the time in Retry-After, or send the request without a key.',
    example: 'The account has 10,000 Idempotency-Keys of the last 24 h; send the request without one',
  },
  request_header_fields_too_large: {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The request line and the headers together are larger than 16 KiB.',
    remedy: 'Send fewer or shorter headers, or a shorter query.',
    example: 'The request line and the headers together are larger than 16 KiB',
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    meaning: 'An error of the service, which it has logged. The request may or may not have taken effect.',
    remedy: 'Try again later. If it happens again, contact the operator with the time of the request.',
    example: 'An internal error occurred; try again later',
  },
  starting: {
    status: 503,
    title: 'The service is starting',
    meaning: 'The instance waits for its stores; /readyz shows which.',
    remedy: 'Send the request again after the time in Retry-After.',
    example: 'The service is starting; try again later. /readyz shows what it waits for',
  },
  stopping: {
    status: 503,
    title: 'The instance is stopping',
    meaning: 'The instance finishes the requests that it has and accepts no further ones.',
    remedy: 'Send the request again; another instance accepts it.',
    example: 'This instance is stopping; send the request again',
  },
  unavailable: {
    status: 503,
    title: 'A store does not respond',
    meaning: 'Kafka or Redis did not respond in time. A request of an execution may still have been stored.',
    remedy:
      'Send the request again after the time in Retry-After, with the same Idempotency-Key, so that it is carried out once.',
    example:
      'The request was not confirmed in time; send it again with the same Idempotency-Key, so that it is carried out only once',
  },
  secret_unavailable: {
    status: 503,
    title: 'A stored secret cannot be opened at the moment',
    meaning: 'The key of the account cannot be read right now. Executions wait until it can be.',
    remedy: 'Try again later.',
    example: 'The stored secret cannot be opened at the moment; try again later',
  },
  history_slow: {
    status: 503,
    title: 'History did not answer in time',
    meaning:
      'Searching the history took longer than a request may wait, because of the filter or the load of the database.',
    remedy: 'Narrow the filter, for example by a range of time, or try again after the time in Retry-After.',
    example: 'History did not answer in time; narrow the filter or try again later',
  },
  external_id_in_use: {
    status: 409,
    title: 'The external_id names another action',
    meaning: 'An action of the account has this external_id, in the workflow that the detail names.',
    remedy: 'Change that action with PUT, or choose another external_id.',
    example:
      'The external_id names an action of the workflow welcome; change that one with PUT, or choose another external_id',
  },
  precondition_failed: {
    status: 412,
    title: 'It was changed since it was read',
    meaning:
      'The ETag in If-Match is not that of the definition or the draft as it is now, so nothing was changed.',
    remedy: 'Read it again, apply the change to that, and send its ETag in If-Match.',
    example:
      'It was changed since it was read: its ETag is "3" now. Read it again, apply the change to that, and send its ETag in If-Match',
  },
  action_deleted: {
    status: 409,
    title: 'The webhook action was deleted',
    meaning:
      'The action that the execution called does not exist any more, so its replay could call nothing.',
    remedy: 'Create the action again and request a new execution.',
    example:
      'The webhook action of this execution was deleted, so nothing can be called; create it again and request a new execution',
  },
  execution_not_ended: {
    status: 409,
    title: 'The execution has not ended',
    meaning: 'A replay of it could call the endpoint at the same time as the execution itself.',
    remedy: 'Wait for its end, or cancel it.',
    example:
      'The execution is retrying, and its replay could call at the same time; wait for its end, or cancel it',
  },
  already_ended: {
    status: 409,
    title: 'The execution has already ended',
    meaning: 'It has an outcome, which cannot be changed any more.',
    remedy: 'Nothing is left to cancel; replay it if it should run again.',
    example: 'The execution has already ended: success',
  },
  no_original_definition: {
    status: 422,
    title: 'The definition of then is not known',
    meaning: 'The execution made no attempt, or the version that it used is not kept any more.',
    remedy: 'Replay it with definition "current".',
    example:
      'Version 3 of the definition, which this execution used, is not kept any more; replay it with definition "current"',
  },
  credential_not_applicable: {
    status: 422,
    title: 'The stored credential belongs to another destination',
    meaning:
      'The definition of then goes to another origin, or authenticates differently, than the one that the stored credential was saved for.',
    remedy: 'Replay it with definition "current".',
    example:
      'The stored credential belongs to another destination (origin, authentication, header or certificate verification) than the original definition; replay it with definition "current"',
  },
  context_not_stored: {
    status: 422,
    title: 'The context is not stored',
    meaning:
      'The history does not have the context of this execution, so it cannot be requested again with it.',
    remedy: 'Send a context in the replay.',
    example: 'The context of this execution is not stored; send one in the field context',
  },
  replay_job_state: {
    status: 409,
    title: 'The job is in another state',
    meaning: 'The step is possible only in the states that the detail names.',
    remedy: 'Read the job, and take a step that its state permits.',
    example: 'The job is aborted; only one that is planned or paused accepts start',
  },
  too_many_replay_jobs: {
    status: 409,
    title: 'The account has too many replay jobs',
    meaning: 'One is being planned, as many run as may, or too many have not ended.',
    remedy: 'Wait for one to end, pause one or abort one, as the detail says.',
    example: '2 replay jobs of this account are running; wait for one to end, or pause one',
  },
  csrf: {
    status: 403,
    title: 'The token of the session is missing',
    meaning:
      'A request with the cookie of the console changes something, but does not repeat the token of its session.',
    remedy: 'Send the token of the session in x-hookline-csrf, or use an API key in Authorization.',
    example:
      'A request with the cookie of the console must repeat the token of its session in x-hookline-csrf',
  },
} as const satisfies Readonly<Record<string, ProblemType>>;

/** Stable, machine-readable name of a problem. */
export type ProblemCode = keyof typeof PROBLEM_CATALOGUE;

/** Returns the type of a problem as a relative reference (RFC 9457, section 3.1.1): the path of its page. */
export function problemType(code: ProblemCode): string {
  return `/problems/${code}`;
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEM_CATALOGUE, text);
}

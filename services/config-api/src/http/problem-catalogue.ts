import { type ProblemType, STATE_PROBLEMS } from './state-problems.ts';

/**
 * Every problem that the API reports, by its code. Codes are stable, because clients depend on them; the page of a code
 * is `/problems/<code>`.
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
    example: 'Invalid querystring; errors lists the details',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid API key',
    meaning: 'The request carries no API key, or a key that is unknown, expired or revoked.',
    remedy: 'Send a valid key in the header Authorization, with the scheme Bearer.',
    example: 'Send a valid API key: "Authorization: Bearer <api key>"',
  },
  forbidden: {
    status: 403,
    title: 'The key does not permit this',
    meaning:
      'The API key is valid, but lacks the scope that the route requires, or belongs to another account.',
    remedy: 'Use a key with the scope that the detail names, or ask the owner of the account for such a key.',
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
    remedy: 'Send the request again over a faster connection.',
    example: 'The request took too long to arrive',
  },
  conflict: {
    status: 409,
    title: 'Not possible in the current state',
    meaning:
      'The object is in a state that does not allow the request, or another request changed it at the same time.',
    remedy: 'Read the object again and decide whether the request is still needed.',
    example: 'The action was changed by another request at the same time; read it and try again',
  },
  account_suspended: {
    status: 409,
    title: 'The account is suspended',
    meaning: 'The operator has suspended the account, so no calls are made for it.',
    remedy: 'Ask the operator. Executions wait and continue once the account is no longer suspended.',
    example: 'The account is suspended, so it cannot make calls',
  },
  already_redriven: {
    status: 409,
    title: 'The dead letter has already been redriven',
    meaning: 'A dead letter can be redriven only once; if the record failed again, it has a new dead letter.',
    remedy: 'Look for the newer dead letter of the same execution.',
    example: 'It was sent again at 2026-11-02T08:15:00.000Z; if it failed again, it has a new dead letter',
  },
  dead_letter_cut: {
    status: 409,
    title: 'The dead letter is incomplete',
    meaning: 'The record was too large to be kept whole, so it cannot be redriven.',
    remedy: 'Publish the record again from its source.',
    example: 'Only the beginning of the record is kept; publish the record again from its source',
  },
  not_redrivable: {
    status: 409,
    title: 'The dead letter cannot be redriven',
    meaning: 'The same record would fail again or do harm; the detail gives the reason.',
    remedy: 'Do what the detail says instead.',
    example: 'The record is over the size limit of its topic; raise the limit, then redrive it again',
  },
  quota_exceeded: {
    status: 409,
    title: 'A quota of the account is used up',
    meaning: 'The account has reached the maximum, for instance of actions or API keys.',
    remedy: 'Delete what is no longer needed, or ask the operator to raise the quota that the detail names.',
    example: 'The account has 20 API keys, and its quota is 20. Revoke keys that are no longer used',
  },
  secret_not_opened: {
    status: 409,
    title: 'A stored secret cannot be opened',
    meaning: 'The secret is bound to another destination, or the key that sealed it is gone.',
    remedy: 'Send the credential again in auth_config, or rotate the signing secret.',
    example:
      'The stored secret cannot be opened; send the credential again in auth_config, or rotate the signing secret',
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'The first request with this Idempotency-Key is still in progress',
    meaning: 'A request with this key was received before and has no response yet.',
    remedy:
      'Send the request again after the time in Retry-After; it then gets the response of the first request.',
    example: 'A request with this Idempotency-Key is in progress; send it again in 1 s to get its response',
  },
  idempotency_outcome_unknown: {
    status: 409,
    title: 'It is not known whether the first request took effect',
    meaning:
      'The instance that handled the first request with this Idempotency-Key stopped before it responded. The request is not carried out again, because it may have taken effect.',
    remedy:
      'Read the object that the request concerns. If nothing was done, send the request with a new key.',
    example:
      'The first request with this Idempotency-Key ended without a response, so it may have taken effect; check, and use a new key if it has not',
  },
  idempotent_response_sealed: {
    status: 409,
    title: 'The stored response can be read only with the API key that made the request',
    meaning:
      'The request was carried out before. Its response is encrypted under the API key that was used then, and this request used another key.',
    remedy: 'Send the request with the same API key, or read the object that it concerns.',
    example: 'This request was carried out before; only the API key that was used then can read its response',
  },
  idempotent_response_not_kept: {
    status: 409,
    title: 'The response of the first request was not kept',
    meaning:
      'The request was carried out before. Its response was too large to be kept, the account had no space left for it, or the request was made with a session of the console.',
    remedy: 'Read the object that the request concerns.',
    example: 'This request was carried out before; its response was not kept',
  },
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
    meaning: 'The route does not accept the Content-Type of the request.',
    remedy: 'Send JSON, with the Content-Type application/json.',
    example: 'The body must be JSON, with Content-Type application/json',
  },
  invalid_fields: {
    status: 422,
    title: 'Fields are invalid',
    meaning: 'Fields of the body, or of the filter in the query, are invalid; errors lists all of them.',
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
      'A key identifies one request for 24 hours; this request differs from the first request with the key.',
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
      'A request quota of the key or the account is used up (RateLimit-Policy and RateLimit state the quotas).',
    remedy: 'Wait for the time in Retry-After, or ask the operator for a higher quota.',
    example: 'Too many requests with this API key; wait 3 s',
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
    example: 'The account already has 8 large definitions and test calls in progress, the maximum; wait 2 s',
  },
  too_many_in_progress: {
    status: 429,
    title: 'Too many costly requests at the same time',
    meaning:
      'Searches of history or analytics, or a cancellation by filter, of this account are still in progress, and the maximum number of further requests is waiting.',
    remedy: 'Wait for the time in Retry-After, and send fewer of them at the same time.',
    example:
      'The account has too many of these requests in progress; at most 2 of them run at the same time. Wait 2 s',
  },
  too_many_streams: {
    status: 429,
    title: 'Too many open streams',
    meaning: 'The key, the account or this instance has the maximum number of open streams of executions.',
    remedy: 'Close streams that are no longer read, or wait for the time in Retry-After.',
    example: 'This caller has 20 open streams; close one of them, or try again in 15 s',
  },
  too_many_idempotency_keys: {
    status: 429,
    title: 'Too many live Idempotency-Keys',
    meaning: 'The account has the maximum number of keys from the last 24 hours.',
    remedy: 'Wait for the time in Retry-After, or send the request without a key.',
    example:
      'The account has the maximum number of Idempotency-Keys from the last 24 h; send the request without a key, or wait',
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
    meaning: 'The instance is waiting for its stores; /readyz shows which stores.',
    remedy: 'Send the request again after the time in Retry-After.',
    example: 'The service is starting; try again later. /readyz shows what it waits for',
  },
  stopping: {
    status: 503,
    title: 'The instance is stopping',
    meaning: 'The instance is finishing its current requests and accepts no further requests.',
    remedy: 'Send the request again; another instance accepts it.',
    example: 'This instance is stopping; send the request again',
  },
  unavailable: {
    status: 503,
    title: 'A store does not respond',
    meaning:
      'Kafka, Redis or the database did not respond in time. A request for an execution may still have been stored.',
    remedy:
      'Send the request again after the time in Retry-After, with the same Idempotency-Key, so that it is carried out once.',
    example:
      'The request was not confirmed in time. Send it again with the same Idempotency-Key, so that it is carried out only once; without a key, it may be carried out twice',
  },
  secret_unavailable: {
    status: 503,
    title: 'A stored secret cannot be opened at the moment',
    meaning: 'The key of the account cannot be read right now. Executions wait until it can be read.',
    remedy: 'Try again later.',
    example: 'The stored secret cannot be opened at the moment; try again later',
  },
  ...STATE_PROBLEMS,
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

import type { AttemptStatus } from '@hookline/shared/contracts/events';
import type { CallResult, FailureKind } from '../call/call-result.ts';
import { ERROR_CATALOGUE, type ErrorCode, type ErrorType, failureOf } from './error-catalogue.ts';
import { parseRetryAfter } from './retry-after.ts';
import { DEFAULT_STATUS_RULES, isSuccess, type StatusRules } from './status-rules.ts';

/** No request could be built. The attempt ends with this error, and the catalogue determines whether it is retried. */
export interface RefusedRequest {
  kind: 'refused';
  errorType: Extract<
    ErrorCode,
    | 'render_error'
    | 'payload_too_large'
    | 'destination_blocked'
    | 'token_unavailable'
    | 'token_timed_out'
    | 'certificate_refused'
  >;
  /** Field and reason, shown to users. */
  detail: string;
  /** Time spent before the refusal, in ms, if an access token was requested. */
  durationMs?: number;
}

/** Classified result of an attempt. History, retries, the circuit and logs all use this result. */
export type Outcome =
  | {
      status: 'success';
      errorType: null;
      errorMessage: null;
      retryable: false;
      retryAfterMs: null;
      detail: null;
    }
  | {
      status: Exclude<AttemptStatus, 'success'>;
      errorType: ErrorType;
      /** Message for users. */
      errorMessage: string;
      retryable: boolean;
      /** Wait that the endpoint requested, counted from `now`. */
      retryAfterMs: number | null;
      /** Technical reason for logs; null if the status is a sufficient reason. */
      detail: string | null;
      /** Whether to send again immediately: with another access token (ADR 22), or on a new connection (ADR 33). */
      resend?: boolean;
    };

type FailedOutcome = Exclude<Outcome, { status: 'success' }>;

const SUCCESS: Outcome = {
  status: 'success',
  errorType: null,
  errorMessage: null,
  retryable: false,
  retryAfterMs: null,
  detail: null,
};

const CODE_OF_FAILURE: Record<FailureKind, ErrorCode> = {
  network: 'connection_failed',
  cut_off: 'response_cut_off',
  dns: 'dns_failed',
  certificate: 'certificate_refused',
  handshake: 'handshake_failed',
  timeout: 'timed_out',
  blocked: 'destination_blocked',
  malformed: 'malformed_response',
};

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'endpoint_not_found',
  429: 'rate_limited',
};

/**
 * Codes of the other statuses, by their first digit; a response whose status is in neither table is malformed (RFC
 * 9110, section 15).
 */
const CODE_OF_CLASS: Readonly<Record<number, ErrorCode>> = {
  2: 'not_successful',
  3: 'redirected',
  4: 'rejected',
  5: 'server_error',
};

/** Statuses of a redirect, provided that the response has a Location (RFC 9110, section 15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308]);

/**
 * Classifies a result, or a request that could not be built.
 * @param now epoch milliseconds, for a Retry-After that is a date
 * @param rules which statuses the webhook retries and counts as success
 */
export function classify(
  result: CallResult | RefusedRequest,
  now: number,
  rules: StatusRules = DEFAULT_STATUS_RULES,
): Outcome {
  if (result.kind === 'refused') return failed(result.errorType, result.detail);
  if (result.kind === 'failed') {
    return failed(CODE_OF_FAILURE[result.failure], result.detail, { reason: result.reason });
  }
  const retryAfterMs = parseRetryAfter(result.headers['retry-after'], now);
  return classifyStatus(result.status, rules, { retryAfterMs, location: result.headers['location'] });
}

function classifyStatus(
  status: number,
  rules: StatusRules,
  { retryAfterMs, location }: { retryAfterMs: number | null; location: string | undefined },
): Outcome {
  if (isSuccess(status, rules)) return SUCCESS;
  const leadsNowhere = status >= 300 && status < 400 && !(REDIRECTS.has(status) && location);
  const code = leadsNowhere ? 'unexpected_status' : codeOfStatus(status);
  const retryable = rules.retryOn?.has(status) ?? ERROR_CATALOGUE[code].retryable;
  const outcome = failed(code, null, { reason: leadsNowhere ? String(status) : null });
  return { ...outcome, retryable, retryAfterMs: retryable ? retryAfterMs : null };
}

function codeOfStatus(status: number): ErrorCode {
  return CODE_OF_STATUS[status] ?? CODE_OF_CLASS[Math.floor(status / 100)] ?? 'malformed_response';
}

/** @param details `reason` completes the message for users; by default, `detail` is used */
function failed(
  code: ErrorCode,
  detail: string | null,
  { reason = detail }: { reason?: string | null } = {},
): FailedOutcome {
  return {
    ...failureOf(code, reason ?? undefined),
    status: ERROR_CATALOGUE[code].errorType === 'timeout_error' ? 'timeout' : 'error',
    retryable: ERROR_CATALOGUE[code].retryable,
    retryAfterMs: null,
    detail,
  };
}

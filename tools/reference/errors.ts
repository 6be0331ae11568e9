import { endpointHealth, type EndpointHealth } from '@hookline/dispatcher/admission/circuit/endpoint-health';
import { DEAD_LETTER_REASONS } from '@hookline/shared/contracts/dead-letter-reasons';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { DEFAULT_BASE_WAIT_MS } from '@hookline/shared/contracts/topics';
import type { CallResponse } from '@hookline/webhook-call/call/call-result';
import { classify } from '@hookline/webhook-call/outcome/classify';
import { ERROR_CATALOGUE, type ErrorCode } from '@hookline/webhook-call/outcome/error-catalogue';
import { ERROR_REMEDIES } from '@hookline/webhook-call/outcome/error-remedies';
import { nextAttempt, retryPolicyOf } from '@hookline/webhook-call/outcome/retry-policy';
import { code, markdownPage, prose, table } from '../markdown.ts';

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

const CIRCUIT: Readonly<Record<EndpointHealth, string>> = {
  failing: 'failure',
  working: 'success',
  unknown: 'none',
};

/** Answers by status, the special ones before the range that they belong to. */
const STATUSES: readonly (readonly [text: string, example: number])[] = [
  ['200 to 299', 200],
  ['300 to 399', 302],
  ['400', 400],
  ['401', 401],
  ['403', 403],
  ['404', 404],
  ['429', 429],
  ['other 400 to 499', 418],
  ['500 to 599', 503],
  ['anything else', 600],
];

const EMPTY_RESPONSE: Omit<CallResponse, 'status'> = {
  kind: 'response',
  headers: {},
  body: Buffer.alloc(0),
  bodyBytes: 0,
  bodyBytesRead: 0,
  truncated: false,
  durationMs: 0,
};

/** docs/reference/errors.md: every way an attempt or an execution can fail. */
export function renderErrors(): Promise<string> {
  return markdownPage([
    '# Errors and what is retried',
    'Written by `npm run reference` from the error catalogue, the circuit’s rules and the retry policy; a test compares.',
    'An attempt that fails and an execution that ends without success carry an error class (`errorType` in events, ' +
      '`error_type` in REST) and a message for people. New classes may be added: treat one that you do not know as final.',
    '## Error classes',
    '**Circuit** shows how the result counts for the circuit breaker of the endpoint: as a failure, as a success ' +
      '(the endpoint responded), or not at all.',
    table(['Class', 'Message', 'Retried', 'Circuit', 'What to do'], CODES.map(errorRow)),
    'The messages of `render_error` and `unreadable_request` end with the field and the reason. The status of an ' +
      'attempt and of its execution is `timeout` for `timeout_error`, `cancelled` for `cancelled` and `error` for ' +
      'all others. A response that is cut off is a `network_error`.',
    '## Responses by HTTP status',
    table(['Status', 'Class', 'Message', 'Retried'], STATUSES.map(statusRow)),
    '## Retries',
    `By default, a failed attempt that may be retried is repeated after ${retryWaits()}, at most ` +
      `\`retry_max_attempts\` times (${LIMITS.retryMaxAttempts.min} to ${LIMITS.retryMaxAttempts.max}, 3 by default). ` +
      'A random extra wait of at most 10 % and half a second is added. A longer `Retry-After` in the response (seconds ' +
      'or a date, at most 24 hours) is honoured. No attempt starts after the request has expired, and none runs ' +
      'past that time. Waiting for a rate limit, an open circuit, a pause or room in memory is not an attempt and ' +
      'uses up no retry.',
    '## Records that cannot be processed',
    'Such a record becomes a dead letter with one of these reasons. It is logged, counted in ' +
      '`hookline_dead_letters_total`, and listed by `GET /api/v1/dead-letters`.',
    table(
      ['Reason', 'What to do'],
      Object.entries(DEAD_LETTER_REASONS).map(([reason, todo]) => [code(reason), prose(todo)]),
    ),
  ]);
}

function errorRow(name: ErrorCode): string[] {
  const { errorType, message, retryable } = ERROR_CATALOGUE[name];
  return [
    code(errorType),
    prose(message),
    retryable ? 'yes' : 'no',
    CIRCUIT[endpointHealth(errorType)],
    prose(ERROR_REMEDIES[name]),
  ];
}

function statusRow([text, status]: readonly [string, number]): string[] {
  const { errorType, errorMessage, retryable } = classify({ ...EMPTY_RESPONSE, status }, 0);
  return [text, code(errorType ?? 'success'), prose(errorMessage ?? ''), retryable ? 'yes' : 'no'];
}

/** "5 s, 15 s, 45 s, 135 s and 405 s", as the retry policy has it. */
function retryWaits(): string {
  const definition = { retryEnabled: true, retryMaxAttempts: LIMITS.retryMaxAttempts.max };
  const policy = retryPolicyOf(definition, null, DEFAULT_BASE_WAIT_MS);
  const waits = Array.from({ length: policy.maxRetries }, (_, index) => {
    const next = nextAttempt({
      attempt: index + 1,
      outcome: { retryable: true, retryAfterMs: null },
      policy,
      now: 0,
      random: 0,
      baseWaitMs: DEFAULT_BASE_WAIT_MS,
    });
    return next.kind === 'retry' ? `${next.dueAt / 1_000} s` : '';
  });
  return `${waits.slice(0, -1).join(', ')} and ${waits.at(-1)}`;
}

import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { TEST_CALL_LIMITS, type TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { JudgedExchange } from '@hookline/webhook-call/attempt/judge-exchange';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import { parseJsonToWrite } from '@hookline/shared/contracts/lossless-json';
import type { AnswerRead } from '@hookline/webhook-call/evaluation/read-answer';
import { actionWarnings } from '../actions/action-warnings.ts';
import { redirectsView } from '../executions/execution-view.ts';
import { mappedValues } from '../executions/outcome-view.ts';

/** Data of a finished test call, whose request may not have been sent. */
interface TestCallMade {
  definition: WebhookDefinition;
  /** Whether the signing secret was created only for this call. */
  hasTestSecret: boolean;
  /** Warnings, for people, about the secrets of an unsaved definition. */
  secretWarnings: readonly string[];
  judged: JudgedExchange;
  /** Request, response, mapped values and sample data, without secrets. */
  answer: AnswerRead;
  /** Secrets of the definition. */
  secrets: readonly string[];
}

/** Converts a test call to its API form, which contains no secret. */
export function testCallView({ judged, answer, secrets, ...made }: TestCallMade): TestCallResult {
  const { outcome, failure, durationMs } = judged;
  const { request, response, mapped, sampleData } = answer;
  return {
    success: outcome.status === 'success',
    response_status: response?.status ?? null,
    response_time: durationMs,
    error_type: failure?.errorType ?? null,
    error_message: failure && createSecretFilter(secrets).redact(failure.errorMessage),
    request: request && {
      url: request.url,
      method: request.method,
      headers: request.headers,
      body: request.body,
      body_bytes: request.bodyBytes,
      body_sha256: request.bodySha256,
    },
    response: response && {
      status: response.status,
      headers: response.headers,
      body: response.body,
      body_bytes: response.bodyBytes,
      body_bytes_read: response.bodyBytesRead,
      truncated: response.truncated,
    },
    redirects: redirectsView(judged.redirects),
    mapped_fields: mappedValues(mapped.fields),
    mapping_errors: mapped.errors,
    warnings: warnings(made),
    sample_data: parseJsonToWrite(sampleData ?? '{}'),
  };
}

function warnings({
  definition,
  hasTestSecret,
  secretWarnings,
}: Pick<TestCallMade, 'definition' | 'hasTestSecret' | 'secretWarnings'>): string[] {
  const { timeoutSeconds } = TEST_CALL_LIMITS;
  return [
    ...actionWarnings(definition),
    ...secretWarnings,
    ...(definition.timeoutMs > timeoutSeconds * 1_000
      ? [`A test call waits for at most ${timeoutSeconds} s; the timeout of the definition is longer.`]
      : []),
    ...(hasTestSecret
      ? [
          'The request was signed with a secret created only for this call. To verify it, send a signing_secret or test the stored action.',
        ]
      : []),
  ];
}

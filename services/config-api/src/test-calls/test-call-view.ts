import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { TEST_CALL_LIMITS, type TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { JudgedExchange } from '@hookline/webhook-call/attempt/judge-exchange';
import { redactJson } from '@hookline/credentials/redact-json';
import type { SecretFilter } from '@hookline/credentials/secret-filter';
import { parseJsonToWrite } from '@hookline/shared/contracts/lossless-json';
import type { MappedFields } from '@hookline/webhook-call/mapping/apply-mapping';
import { actionWarnings } from '../actions/action-warnings.ts';
import { redirectsView } from '../executions/execution-view.ts';
import { mappedValues } from '../executions/outcome-view.ts';

/** Data of a test call, whether or not its request could be sent. */
interface TestCallMade {
  definition: WebhookDefinition;
  /** Whether the signing secret was created only for this call. */
  hasTestSecret: boolean;
  judged: JudgedExchange;
  mapped: MappedFields;
  /** JSON text with the values for merge fields. */
  context: string;
  /** Redacts the secrets of the definition. */
  secrets: SecretFilter;
}

/** Converts a test call to its API form, which contains no secret. */
export function testCallView({ judged, mapped, secrets, ...made }: TestCallMade): TestCallResult {
  const { outcome, failure, request, response, durationMs } = judged;
  return {
    success: outcome.status === 'success',
    response_status: response?.status ?? null,
    response_time: durationMs,
    error_type: failure?.errorType ?? null,
    error_message: failure && secrets.redact(failure.errorMessage),
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
    sample_data: parseJsonToWrite(redactJson(made.context, secrets)),
  };
}

function warnings({
  definition,
  hasTestSecret,
}: Pick<TestCallMade, 'definition' | 'hasTestSecret'>): string[] {
  const { timeoutSeconds } = TEST_CALL_LIMITS;
  return [
    ...actionWarnings(definition),
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

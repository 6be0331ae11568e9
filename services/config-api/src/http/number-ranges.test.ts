/** Of all doubles, the REST schemas accept exactly those within LIMITS. Pure. */
import { expect, test } from '@jest/globals';
import { isWithin, type Limit, LIMITS, rangeText } from '@hookline/shared/contracts/limits';
import { ReplaceAccountSettings } from '@hookline/shared/contracts/rest/accounts';
import { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { CreateWebhookExecution } from '@hookline/shared/contracts/rest/webhook-executions';
import * as fc from 'fast-check';
import { schemaFieldErrors } from './field-errors.ts';
import { createValidatorCompiler } from './validator.ts';

function errorsIn(schema: object): (body: unknown) => { field: string; message: string }[] {
  const validate = createValidatorCompiler()({ schema, method: 'POST', url: '/', httpPart: 'body' });
  const run = validate as typeof validate & { errors?: Parameters<typeof schemaFieldErrors>[0] };
  return (body) => (run(body) ? [] : schemaFieldErrors(run.errors ?? []));
}

const action = errorsIn(WebhookActionInput);
const settings = errorsIn(ReplaceAccountSettings);
const execution = errorsIn(CreateWebhookExecution);

const ofAction = (name: string) => (value: number) =>
  action({ url: 'https://example.com', method: 'POST', [name]: value });
const ofSettings = (name: string) => (value: number) => settings({ [name]: value });
const ofPolicy = (name: string) => (value: number) =>
  execution({ action_id: 'a', retry_policy: { max_retries: 1, base_ms: 1, factor: 1, [name]: value } });

const limitedFields: [
  field: string,
  limit: Limit,
  errors: (value: number) => { field: string; message: string }[],
][] = [
  ['endpoint_rate_limit', LIMITS.endpointRatePerSecond, ofAction('endpoint_rate_limit')],
  ['timeout_seconds', LIMITS.timeoutSeconds, ofAction('timeout_seconds')],
  ['retry_max_attempts', LIMITS.retryMaxAttempts, ofAction('retry_max_attempts')],
  ['rate_per_second', LIMITS.ratePerSecond, ofSettings('rate_per_second')],
  ['burst', LIMITS.burst, ofSettings('burst')],
  ['api_requests_per_second', LIMITS.apiRequestsPerSecond, ofSettings('api_requests_per_second')],
  [
    'definition_changes_per_second',
    LIMITS.definitionChangesPerSecond,
    ofSettings('definition_changes_per_second'),
  ],
  ['executions_per_second', LIMITS.executionsPerSecond, ofSettings('executions_per_second')],
  ['max_stored_bytes_per_day', LIMITS.maxStoredBytesPerDay, ofSettings('max_stored_bytes_per_day')],
  ['max_in_flight', LIMITS.maxInFlight, ofSettings('max_in_flight')],
  ['max_in_flight_per_endpoint', LIMITS.maxInFlightPerEndpoint, ofSettings('max_in_flight_per_endpoint')],
  ['retry_policy.max_retries', LIMITS.retries, ofPolicy('max_retries')],
  ['retry_policy.base_ms', LIMITS.retryBaseMs, ofPolicy('base_ms')],
  ['retry_policy.factor', LIMITS.retryFactor, ofPolicy('factor')],
];

test.each(limitedFields)('%s accepts exactly the numbers within its limit', (field, limit, errors) => {
  const ends = [limit.min, limit.max];
  const near = fc.constantFrom(
    ...ends,
    ...ends.map((end) => end * (1 + 1e-9)),
    ...ends.map((end) => end * (1 - 1e-9)),
  );
  const refusal = [{ field, message: `must be ${rangeText(limit)}` }];
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer(), near), (value) => {
      expect(errors(value)).toEqual(isWithin(limit, value) ? [] : refusal);
    }),
    { examples: [[5e-324], [NaN], [Infinity], [-Infinity], [0], [-0]] },
  );
});

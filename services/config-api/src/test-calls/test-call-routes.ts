import { TEST_CALL_LIMITS, TestCallInput, TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { Api } from '../http/api.ts';
import { accountIdOf, type Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { submission } from '../http/submission.ts';
import type { MakeTestCall } from './make-test-call.ts';

const mayExecute: Access = { by: 'account', scope: 'execute' };
const { callsPerMinute, inFlight, timeoutSeconds } = TEST_CALL_LIMITS;

export function testCallRoutes(api: Api, makeTestCall: MakeTestCall): void {
  api.post('/webhooks/test', {
    config: { access: mayExecute },
    // The handler adds the schema's errors to the errors of the other checks, so that one response reports all of them.
    attachValidation: true,
    schema: {
      tags: ['Webhook actions'],
      operationId: 'testWebhook',
      summary: 'Make one real call of a webhook with sample data',
      description:
        'The request is sent as an execution would send it, once and without retries, and the response is 200 whatever ' +
        `the result. At most ${callsPerMinute} calls a minute and ${inFlight} at the same time per account, across ` +
        `all instances of this API; a call waits for at most ${timeoutSeconds} s. A refused definition counts as ` +
        'a call, because its host name has been resolved and its templates compiled. The call is recorded ' +
        'in the audit log, but not in history. A disabled action can be tested; no action can be tested ' +
        'while the account is suspended.',
      body: TestCallInput,
      response: { 200: TestCallResult, ...problems(404, 409, 413, 415, 422) },
    },
    handler: (request) => makeTestCall(accountIdOf(request), submission(request)),
  });
}

import {
  AcceptedCancellation,
  CancelByFilter,
  CancelledByFilter,
} from '@hookline/shared/contracts/rest/cancellations';
import { ExecutionParams } from '@hookline/shared/contracts/rest/webhook-executions';
import type { Api } from '../../http/api.ts';
import { accountIdOf, type Access, callerOf } from '../../http/caller.ts';
import { problems } from '../../http/openapi.ts';
import type { CancelExecutions } from './cancel-executions.ts';

const tags = ['Webhook executions'];
const access: Access = { by: 'account', scope: 'execute' };
const DEFAULT_MAX = 1_000;

export function cancelRoutes(api: Api, cancelExecutions: CancelExecutions): void {
  api.post('/webhook-executions/:id/cancel', {
    config: { access },
    schema: {
      tags,
      operationId: 'cancelExecution',
      summary:
        'Cancel an execution; it ends as cancelled, even while it waits, unless a call in flight succeeds',
      params: ExecutionParams,
      response: { 202: AcceptedCancellation, ...problems(404, 409, 413) },
    },
    handler: async (request, reply) => {
      const { id: executionId } = request.params;
      await cancelExecutions.one({ caller: callerOf(request), accountId: accountIdOf(request), executionId });
      return reply.code(202).send({ execution_id: executionId, status: 'cancelling' });
    },
  });

  api.post('/webhook-executions/cancel', {
    config: { access },
    schema: {
      tags,
      operationId: 'cancelExecutions',
      summary: 'Cancel the unfinished executions that match a filter, newest first',
      body: CancelByFilter,
      response: { 202: CancelledByFilter, ...problems(409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const { filter, max = DEFAULT_MAX } = request.body;
      const caller = callerOf(request);
      const done = await cancelExecutions.byFilter({ caller, accountId: accountIdOf(request), filter, max });
      return reply.code(202).send(done);
    },
  });
}

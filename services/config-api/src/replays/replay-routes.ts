import {
  ReplayedExecution,
  type ReplayExecution,
  ReplayExecutionBody,
} from '@hookline/shared/contracts/rest/replays';
import { ExecutionParams } from '@hookline/shared/contracts/rest/webhook-executions';
import { type AuditDb, recordAudit } from '../audit/record-audit.ts';
import type { Api } from '../http/api.ts';
import { accountIdOf, callerOf, type Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import type { ReplayOne } from './replay-execution.ts';

const mayExecute: Access = { by: 'account', scope: 'execute' };

export function replayRoutes(
  api: Api,
  { replayOne, auditDb }: { replayOne: ReplayOne; auditDb: AuditDb },
): void {
  api.post('/webhook-executions/:id/replay', {
    config: { access: mayExecute, quota: 'execution' },
    schema: {
      tags: ['Webhook executions'],
      operationId: 'replayExecution',
      summary:
        'Request an execution again as a new execution that names its origin, with the current or the original definition, or with another context',
      params: ExecutionParams,
      body: ReplayExecutionBody,
      response: { 202: ReplayedExecution, ...problems(404, 409, 413, 415, 422, 503) },
    },
    handler: async (request, reply) => {
      const accountId = accountIdOf(request);
      const caller = callerOf(request);
      const input: ReplayExecution = request.body ?? {};
      const replayed = await replayOne({
        accountId,
        executionId: request.params.id,
        input,
        record: (after) =>
          recordAudit(auditDb, {
            caller,
            accountId,
            action: 'execution.replay',
            target: after.replay_of,
            after: { execution_id: after.execution_id, definition: input.definition ?? 'current' },
          }),
      });
      reply.header('location', `/api/v1/webhook-executions/${replayed.execution_id}`);
      return reply.code(202).send(replayed);
    },
  });
}

import { AuditLog, AuditLogQuery } from '@hookline/shared/contracts/rest/audit-log';
import type { Api } from '../http/api.ts';
import { accountIdFor, type ApiCaller, callerOf } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { auditLogFilter } from './audit-log-query.ts';
import type { PgAuditLog } from './pg-audit-log.ts';

export function auditLogRoutes(api: Api, auditLog: Pick<PgAuditLog, 'list'>): void {
  api.get('/audit-log', {
    config: { access: { by: 'account or admin', scope: 'admin' } },
    schema: {
      tags: ['Audit log'],
      operationId: 'listAuditLog',
      summary: 'List who did what, newest first',
      querystring: AuditLogQuery,
      response: { 200: AuditLog, ...problems(404, 422) },
    },
    handler: (request) => {
      const { account_id, ...query } = request.query;
      return auditLog.list(auditLogFilter(accountOf(callerOf(request), account_id), query));
    },
  });
}

/** Only the operator may list entries that do not belong to an account. */
function accountOf(caller: ApiCaller, named: string | undefined): string | null {
  return caller.kind === 'admin' && named === undefined ? null : accountIdFor(caller, named);
}

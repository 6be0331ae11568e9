import { LedgerQuery, LedgerView } from '@hookline/shared/contracts/rest/ledger';
import type { Api } from '../http/api.ts';
import { accountIdFor, callerOf } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import type { ReadLedger } from './pg-ledger.ts';

export function ledgerRoutes(api: Api, readLedger: ReadLedger): void {
  api.get('/ledger', {
    config: { access: { by: 'account or admin', scope: 'read' } },
    schema: {
      tags: ['Ledger'],
      operationId: 'getLedger',
      summary: 'Show that nothing is lost: requested = completed + waiting + in hand + dead-lettered',
      querystring: LedgerQuery,
      response: { 200: LedgerView, ...problems(404) },
    },
    handler: (request) => {
      const caller = callerOf(request);
      const { account_id: named } = request.query;
      if (caller.kind === 'admin' && named === undefined) return readLedger(null);
      return readLedger(accountIdFor(caller, named));
    },
  });
}

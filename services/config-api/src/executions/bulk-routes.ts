import { BulkExecutions, CreateBulkExecutions } from '@hookline/shared/contracts/rest/bulk-executions';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { Type } from 'typebox';
import type { Api } from '../http/api.ts';
import { noteItemSources } from '../http/body-source.ts';
import { accountIdOf, type Access } from '../http/caller.ts';
import type { TakeFromQuota } from '../http/limit-requests.ts';
import { problems } from '../http/openapi.ts';
import { compileBody, createValidatorCompiler } from '../http/validator.ts';
import type { RequestExecutions } from './request-executions.ts';

const tags = ['Webhook executions'];
const mayExecute: Access = { by: 'account', scope: 'execute' };

/** Large enough for 1,000 requests of 8 KiB each; contexts are usually smaller than that. */
const BULK_BODY_BYTES = 8 * 1_048_576;

/**
 * Levels that are allowed in addition to those of a single request: the list and the item, and once more the maximum
 * depth of JSON. A context of up to twice that depth is therefore parsed, so that only its item is rejected.
 */
const ITEM_LEVELS = 2 + LIMITS.jsonDepth.max;

/**
 * Checks only the list, because each invalid item has its own result. The documented schema describes the items too.
 */
const checkList = compileBody(
  Type.Object(
    {
      items: Type.Array(Type.Unknown(), {
        minItems: LIMITS.bulkItems.min,
        maxItems: LIMITS.bulkItems.max,
      }),
    },
    { additionalProperties: false },
  ),
);

const compileOther = createValidatorCompiler();

export function bulkRoutes(
  api: Api,
  {
    requestExecutions,
    takeFromQuota,
  }: { requestExecutions: RequestExecutions; takeFromQuota: TakeFromQuota },
): void {
  api.post('/webhook-executions/bulk', {
    config: { access: mayExecute, quota: 'execution', itemLevels: ITEM_LEVELS },
    bodyLimit: BULK_BODY_BYTES,
    validatorCompiler: (part) => (part.httpPart === 'body' ? checkList : compileOther(part)),
    schema: {
      tags,
      operationId: 'createExecutions',
      summary:
        'Request up to 1,000 webhook calls in one body of up to 8 MiB; responds with a result for each',
      body: CreateBulkExecutions,
      response: { 200: BulkExecutions, ...problems(413, 415, 422, 503) },
    },
    handler: async (request, reply) => {
      const items: readonly unknown[] = request.body.items;
      const lengths = noteItemSources(items);
      // The hook that runs for all routes has already counted one of the items.
      const { taken, refusal } = takeFromQuota(request, reply, items.length - 1);
      return requestExecutions({
        accountId: accountIdOf(request),
        items: items.map((value, index) => ({ value, length: lengths[index] ?? 0 })),
        admitted: 1 + taken,
        overQuota: refusal,
      });
    },
  });
}

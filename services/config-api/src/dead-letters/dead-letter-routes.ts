import {
  DeadLetterDetail,
  DeadLetterList,
  DeadLetterParams,
  DeadLetterQuery,
  NoQuery,
  RedrivenDeadLetter,
} from '@hookline/shared/contracts/rest/dead-letters';
import type { Api } from '../http/api.ts';
import type { Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { deadLetterFilter } from './dead-letter-query.ts';
import type { DeadLetterAdmin } from './dead-letters.ts';

const tags = ['Dead letters'];
/** Restricted to the operator, because the account of many of these records cannot be determined. */
const access: Access = { by: 'admin' };

export function deadLetterRoutes(api: Api, deadLetters: DeadLetterAdmin): void {
  api.get('/dead-letters', {
    config: { access },
    schema: {
      tags,
      operationId: 'listDeadLetters',
      summary: 'List dead letters (records that could not be processed), newest first',
      querystring: DeadLetterQuery,
      response: { 200: DeadLetterList, ...problems() },
    },
    handler: (request) => deadLetters.list(deadLetterFilter(request.query)),
  });

  api.get('/dead-letters/:id', {
    config: { access },
    schema: {
      tags,
      operationId: 'getDeadLetter',
      summary: 'Get a dead letter, decoded, with advice on what to do about it',
      params: DeadLetterParams,
      response: { 200: DeadLetterDetail, ...problems(404) },
    },
    handler: (request) => deadLetters.detail(request.params.id),
  });

  api.post('/dead-letters/:id/redrive', {
    config: { access },
    schema: {
      tags,
      operationId: 'redriveDeadLetter',
      summary: 'Publish a dead letter unchanged to its topic again, once the cause is fixed',
      params: DeadLetterParams,
      querystring: NoQuery,
      response: { 202: RedrivenDeadLetter, ...problems(404, 409, 503) },
    },
    handler: async (request, reply) => reply.code(202).send(await deadLetters.redrive(request.params.id)),
  });
}

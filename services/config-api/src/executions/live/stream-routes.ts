import {
  ExecutionEvents,
  ExecutionStreamHeaders,
  ExecutionStreamQuery,
} from '@hookline/shared/contracts/rest/execution-stream';
import type { Api } from '../../http/api.ts';
import { accountIdOf, type Access, callerOf } from '../../http/caller.ts';
import { problems } from '../../http/openapi.ts';
import type { ExecutionStreams } from './execution-streams.ts';

const mayRead: Access = { by: 'account', scope: 'read' };

export function executionStreamRoutes(api: Api, streams: Pick<ExecutionStreams, 'open'>): void {
  api.get('/webhook-executions/stream', {
    config: { access: mayRead, isStream: true },
    // A HEAD request would open a stream without reading it.
    exposeHeadRoute: false,
    schema: {
      tags: ['Webhook executions'],
      operationId: 'getExecutionStream',
      summary: 'Follow executions as they happen (Server-Sent Events), with the filter of the list',
      description: DESCRIPTION,
      querystring: ExecutionStreamQuery,
      headers: ExecutionStreamHeaders,
      response: {
        200: {
          description: 'Events, until the client disconnects or the stream ends',
          content: { 'text/event-stream': { schema: ExecutionEvents } },
        },
        ...problems(422),
      },
    },
    handler: async (request, reply) => {
      const stream = await streams.open({
        caller: callerOf(request),
        accountId: accountIdOf(request),
        query: request.query,
        lastEventId: request.headers['last-event-id'],
      });
      // A proxy must not buffer the events. The connection is not reused, because a stopping server waits for open
      // connections.
      reply.headers({ 'x-accel-buffering': 'no', connection: 'close' }).type('text/event-stream');
      return reply.send(stream);
    },
  });
}

const DESCRIPTION = [
  'The first event is `live`: from then on, no change is missed. Read the list after this event.',
  '`execution` carries a row in the form of the list, each time that it changes; `left` carries a row that no longer matches the filter.',
  '`sampled` indicates that more rows changed than are sent.',
  'With the header `Last-Event-ID`, the stream continues after the last event that was received, if the instance that responds still has every change since then: it keeps the last 1,000 changes of an account while a client follows the account, and for 30 s longer. Otherwise the first event is `gap`, and the list must be read again.',
  '`position` carries only an id, because the changed rows did not match.',
  'A comment is sent every 15 s. `end` carries the reason why the stream ends. A stream ends after 15 minutes; the client should then connect again.',
].join(' ');

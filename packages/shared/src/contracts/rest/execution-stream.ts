import { type Static, Type } from 'typebox';
import { OneOf, strict } from './fields.ts';
import { ExecutionFilter, WebhookExecution } from './webhook-executions.ts';

/** The filter of the list of executions, as query parameters. */
export const ExecutionStreamQuery = Type.Object({ ...ExecutionFilter.properties }, strict);
export type ExecutionStreamQuery = Static<typeof ExecutionStreamQuery>;

export const ExecutionStreamHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: 100,
      description: 'Id of the last event that was received; the stream continues after it.',
    }),
  ),
});

/** Data of `live`, the first event. */
export const ExecutionStreamStart = Type.Object({
  resumed: Type.Boolean({
    description: 'Whether the stream continues after Last-Event-ID; if not, read the list now.',
  }),
});

/** Data of `sampled`, which precedes the rows that it counts. */
export const ExecutionStreamSample = Type.Object({
  shown: Type.Integer({ description: 'Number of rows that follow.' }),
  of: Type.Integer({
    description:
      'Number of changed executions from which these rows were chosen, including those that were not ' +
      'tested against the filter.',
  }),
});

/** Data of `end`, the last event. */
export const ExecutionStreamEnd = Type.Object({
  reason: OneOf(['unauthenticated', 'max_age', 'stopping'] as const, {
    description:
      'unauthenticated: the key, session or portal token is no longer valid; max_age: connect again to continue; stopping: the service is stopping, connect again.',
  }),
});
export type ExecutionStreamEnd = Static<typeof ExecutionStreamEnd>;

/**
 * The event stream as text, sent as bytes. Each property of `contentSchema` is named after an event and describes its
 * data.
 */
export const ExecutionEvents = Type.Unsafe<unknown>({
  type: 'string',
  description: 'Server-Sent Events, with JSON as their data: contentSchema lists the events.',
  contentMediaType: 'text/event-stream',
  contentSchema: Type.Object({
    live: ExecutionStreamStart,
    execution: WebhookExecution,
    left: WebhookExecution,
    sampled: ExecutionStreamSample,
    gap: Type.Object({}),
    position: Type.Object({}),
    end: ExecutionStreamEnd,
  }),
});

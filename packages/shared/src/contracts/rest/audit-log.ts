import { Type, type Static } from 'typebox';
import { ExternalId, Nullable, OneOf, strict, Timestamp } from './fields.ts';
import { NextCursor, pageQuery } from './pages.ts';

/** Changes and actions that the audit log records, each with its meaning. Add a line for each new one. */
export const AUDIT_ACTIONS = {
  'account.create': 'An account was created.',
  'account.update': 'The name of an account was changed.',
  'account.delete': 'An account was deleted.',
  'account_settings.replace': 'Limits and switches of an account were replaced.',
  'admin.access':
    'The operator called a route on behalf of an account; reads are recorded once a minute for each route.',
  'api_key.create': 'An API key was created.',
  'api_key.revoke': 'An API key was revoked.',
  'dead_letter.redrive': 'A dead letter was sent to its original topic again.',
  'execution.cancel': 'An execution was cancelled.',
  'executions.cancel': 'Executions were cancelled by a filter.',
  'execution.replay': 'An execution was replayed.',
  'replay_job.create': 'A replay job was created.',
  'replay_job.update': 'A replay job was started, paused, resumed or aborted.',
  'webhook_action.create': 'A webhook action was created.',
  'webhook_action.update': 'A webhook action was replaced or changed.',
  'webhook_action.publish': 'A draft of a webhook action was published.',
  'webhook_action.restore': 'An earlier version of a webhook action was restored.',
  'webhook_action.copy': 'A webhook action was copied from another one.',
  'webhook_action.rotate_secret': 'The signing secret of a webhook action was rotated.',
  'webhook_action.pause': 'A webhook action was paused.',
  'webhook_action.resume': 'A webhook action was resumed.',
  'webhook_action.delete': 'A webhook action was deleted.',
  'webhook_draft.save': 'A draft of a webhook action was saved.',
  'webhook_draft.delete': 'A draft of a webhook action was deleted without being published.',
  'webhook_endpoint.pause': 'An endpoint was paused.',
  'webhook_endpoint.resume': 'An endpoint was resumed.',
  'webhook_endpoint.reset_circuit': 'The circuit breaker of an endpoint was reset.',
  'webhook.test': 'A test call was made.',
} as const;
export type AuditAction = keyof typeof AUDIT_ACTIONS;

const ACTORS = ['api_key', 'admin', 'system', 'person', 'portal'] as const;

const View = (description: string) =>
  Nullable(
    Type.Record(Type.String(), Type.Unknown(), {
      description: `${description} Long fields of a large object are replaced by { cut, bytes, sha256, start }.`,
    }),
  );

export const AuditEntryView = Type.Object({
  id: Type.String(),
  at: Timestamp('Time of the change or action.'),
  account_id: Nullable(
    Type.String({
      description:
        'Account that the entry concerns; null for an action of the operator that concerns no account.',
    }),
  ),
  actor: Type.Object({
    type: OneOf(ACTORS, {
      description:
        'An API key, the admin key, Hookline itself, a person who signed in through the identity provider, or a portal token.',
    }),
    key_id: Nullable(
      Type.String({
        description:
          'Id of the API key; for a portal token, of the key that created it, or null if that was the admin key.',
      }),
    ),
    key_name: Nullable(Type.String({ description: 'Name of the key at the time of the change or action.' })),
    address: Nullable(Type.String({ description: 'Address of the client, if known.' })),
    person: Nullable(
      Type.Object(
        {
          subject: Type.String({
            description:
              'Id of the person at the identity provider, or of the user that the portal token names.',
          }),
          name: Nullable(Type.String()),
          email: Nullable(Type.String()),
        },
        { description: 'The person who acted; null if unknown.' },
      ),
    ),
  }),
  action: Type.String({ description: Object.keys(AUDIT_ACTIONS).join(', ') }),
  target: Type.String({ description: 'Id of the target.' }),
  before: View('The target before the change, without secrets; null if it did not exist.'),
  after: View('The target after the change, without secrets; null if it no longer exists.'),
});
export type AuditEntryView = Static<typeof AuditEntryView>;

export const AuditLog = Type.Object({
  data: Type.Array(AuditEntryView, {
    description:
      'Newest first. A page may have fewer rows than `limit` even if next_cursor leads to further entries.',
  }),
  next_cursor: NextCursor,
});
export type AuditLog = Static<typeof AuditLog>;

export const AuditLogQuery = Type.Object(
  {
    account_id: Type.Optional(
      ExternalId(
        'Account whose entries are listed. With the admin key, omit it for actions that concern no account; with an API key it must be the account of that key.',
      ),
    ),
    action: Type.Optional(Type.String({ maxLength: 100, description: 'Only this change or action.' })),
    target: Type.Optional(Type.String({ maxLength: 2_048, description: 'Only this target.' })),
    actor: Type.Optional(OneOf(ACTORS, { description: 'Only this kind of actor.' })),
    key_id: Type.Optional(Type.String({ format: 'uuid', description: 'Only this API key.' })),
    from: Type.Optional(Timestamp('At or after this time.')),
    to: Type.Optional(Timestamp('Before this time.')),
    ...pageQuery,
  },
  strict,
);
export type AuditLogQuery = Static<typeof AuditLogQuery>;

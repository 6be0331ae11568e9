import { Type, type Static } from 'typebox';
import { ExternalId, Name, Nullable, OneOf, strict, Timestamp } from './fields.ts';
import { NextCursor, pageQuery } from './pages.ts';

/** Scopes of a key and what each permits; the documentation is generated from this table (ADR 42). */
export const SCOPE_MEANINGS = {
  read: 'Read definitions, executions and all other data of the account, except bodies',
  'read:bodies': 'With read: see bodies of requests and responses, contexts and mapped values',
  write: 'Change definitions; pause and resume',
  execute: 'Request, cancel and replay executions, make test calls, and see their outcomes',
  admin: 'Manage the API keys of the account and read its audit log',
} as const;
export const SCOPES = [
  'read',
  'read:bodies',
  'write',
  'execute',
  'admin',
] as const satisfies readonly (keyof typeof SCOPE_MEANINGS)[];
export const Scope = OneOf(SCOPES);
export type Scope = Static<typeof Scope>;

export const CreateApiKey = Type.Object(
  {
    name: Name('Purpose of the key.'),
    scopes: Type.Array(Scope, {
      minItems: 1,
      maxItems: SCOPES.length,
      uniqueItems: true,
      description: `Permissions of the key. A key can grant only scopes that it has itself. ${Object.entries(
        SCOPE_MEANINGS,
      )
        .map(([scope, meaning]) => `${scope}: ${meaning}.`)
        .join(' ')}`,
    }),
    expires_at: Type.Optional(
      Nullable(Timestamp('Time at which the key stops working; null or omitted if it does not expire.')),
    ),
    account_id: Type.Optional(
      ExternalId(
        'Id of the account. Required with the admin key; with an API key it must be the account of that key.',
      ),
    ),
  },
  strict,
);
export type CreateApiKey = Static<typeof CreateApiKey>;

export const ApiKey = Type.Object({
  id: Type.String(),
  account_id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Scope),
  created_at: Timestamp('Time at which the key was created.'),
  last_used_at: Nullable(Timestamp('Time of the last use, to the minute; null if never used.')),
  expires_at: Nullable(Timestamp('Time at which the key stops working; null if it does not expire.')),
});
export type ApiKey = Static<typeof ApiKey>;

export const CreatedApiKey = Type.Object({
  ...ApiKey.properties,
  key: Type.String({ description: 'The key itself. It is shown only once and cannot be read again.' }),
});
export type CreatedApiKey = Static<typeof CreatedApiKey>;

export const ApiKeyList = Type.Object({
  data: Type.Array(ApiKey, { description: 'Oldest first.' }),
  next_cursor: NextCursor,
});
export type ApiKeyList = Static<typeof ApiKeyList>;

export const ApiKeyParams = Type.Object({ key_id: Type.String({ maxLength: 200 }) });
export const ApiKeyQuery = Type.Object(
  { account_id: Type.Optional(ExternalId('Id of the account; required with the admin key.')), ...pageQuery },
  strict,
);
export type ApiKeyQuery = Static<typeof ApiKeyQuery>;

import { Type, type Static } from 'typebox';
import { ExternalId, Name, Nullable, OneOf, strict, Timestamp } from './fields.ts';
import { NextCursor, pageQuery } from './pages.ts';

/** read: read all data of the account; write: change definitions and keys; execute: request calls. */
export const SCOPES = ['read', 'write', 'execute'] as const;
export const Scope = OneOf(SCOPES);
export type Scope = Static<typeof Scope>;

export const CreateApiKey = Type.Object(
  {
    name: Name('Purpose of the key.'),
    scopes: Type.Array(Scope, {
      minItems: 1,
      uniqueItems: true,
      description: 'Permissions of the key. A key can grant only scopes that it has itself.',
    }),
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

import { Type, type Static } from 'typebox';
import { Nullable, OneOf, strict, Timestamp } from './fields.ts';

export const CreateConsoleSession = Type.Object(
  {
    api_key: Type.String({
      pattern: '^[\\x21-\\x7e]{1,500}$',
      description: 'A key of an account, or the admin key.',
    }),
  },
  strict,
);

/** Identity and permissions of the user who is signed in to the console. */
export const ConsoleSessionView = Type.Object({
  kind: OneOf(['account', 'admin'] as const),
  account_id: Nullable(Type.String()),
  name: Type.String({ description: 'Name of the API key, or of the person.' }),
  scopes: Type.Array(Type.String()),
  accounts: Type.Array(Type.Object({ account_id: Type.String(), scopes: Type.Array(Type.String()) }), {
    description:
      'Accounts that the person may use, if there are several; each request must then name one in x-hookline-account. Empty otherwise.',
  }),
  csrf: Type.String({ description: 'Send it as x-hookline-csrf with requests that change something.' }),
  expires_at: Timestamp('Time at which the session ends.'),
  environment: Nullable(
    Type.Object({
      name: Type.String({ description: 'Name of the deployment, to distinguish test from production.' }),
      colour: Type.String({ description: 'Colour of the name, as a CSS colour.' }),
    }),
  ),
});
export type ConsoleSessionView = Static<typeof ConsoleSessionView>;

export const SignInOptions = Type.Object({
  provider: Nullable(Type.String({ description: 'Name of the identity provider; null if there is none.' })),
});

/** Account and permissions of a portal token. */
export const PortalSessionView = Type.Object({
  account_id: Type.String(),
  name: Type.String({ description: 'The user that the token names; empty if it names none.' }),
  scopes: Type.Array(Type.String()),
  expires_at: Timestamp('Time at which the token expires.'),
});

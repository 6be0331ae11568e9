import { Type, type TOptional, type TSchema, type TString } from 'typebox';
import {
  AUTH_TYPES,
  authenticationKind,
  type AuthConfigField,
  type AuthSettingName,
} from '../authentication/kinds.ts';
import { OneOf, strict } from './fields.ts';

const kinds = AUTH_TYPES.map((type) => authenticationKind(type));

/**
 * `auth_config` in the REST API, with the fields of all kinds. A separate check rejects fields that do not belong to
 * the chosen kind.
 */
export const AuthConfig = Type.Object(
  optionalTexts<AuthConfigField>(kinds.map(({ settings, sealed }) => ({ ...settings, ...sealed }))),
  {
    ...strict,
    description:
      'Fields of the auth_type. In a PUT or PATCH, omit the secrets to keep those that are stored; if the origin of the URL or of token_url changes, or ssl_verify is switched off, they must be sent again.',
  },
);

/** The authentication of an action in responses: its settings, and whether a credential is stored. */
export const AuthView = Type.Object({
  type: OneOf(AUTH_TYPES),
  ...optionalTexts<AuthSettingName>(kinds.map(({ settings }) => settings)),
  credential_set: Type.Boolean({ description: 'Whether a secret is stored. It is never returned.' }),
});

function optionalTexts<Name extends string>(
  fields: readonly Readonly<Record<string, { schema: TSchema }>>[],
): Record<Name, TOptional<TString>> {
  const all = fields.flatMap((each) => Object.entries(each));
  return Object.fromEntries(all.map(([name, { schema }]) => [name, Type.Optional(schema)])) as Record<
    Name,
    TOptional<TString>
  >;
}

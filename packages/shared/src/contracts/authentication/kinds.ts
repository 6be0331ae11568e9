import { apiKey } from './api-key.ts';
import { basic } from './basic.ts';
import { bearer } from './bearer.ts';
import type { AuthenticationKind, OpenedFields, AuthSettings } from './kind.ts';
import { none } from './none.ts';
import { oauth2 } from './oauth2.ts';

/** The kinds of authentication, by `auth_type`. To add a kind, write a module and add a line here. */
const KINDS = { none, basic, bearer, api_key: apiKey, oauth2 } as const;
type Kinds = typeof KINDS;

export type AuthType = keyof Kinds;
export const AUTH_TYPES = Object.keys(KINDS) as AuthType[];

/** Names, across all kinds, of the `auth_config` fields that are stored and shown in plain text. */
export type AuthSettingName = { [T in AuthType]: keyof Kinds[T]['settings'] & string }[AuthType];

/** Names of the `auth_config` fields of all kinds. */
export type AuthConfigField =
  AuthSettingName | { [T in AuthType]: keyof Kinds[T]['sealed'] & string }[AuthType];

/**
 * A credential in plain text. It exists only until it is sealed or, after its decryption, until it is sent, and it is
 * never logged.
 */
export type Credential = {
  [T in AuthType]: keyof Kinds[T]['sealed'] extends never
    ? never
    : { type: T } & OpenedFields<Kinds[T]['sealed']>;
}[AuthType];

/**
 * Returns the kind for a type, for use in generic code. Its functions accept only a credential and settings of that
 * type.
 */
export function authenticationKind(type: AuthType): AuthenticationKind {
  return KINDS[type];
}

/** Returns the kind for a type read from a definition; undefined for a type that only later releases support. */
export function findAuthenticationKind(type: string): AuthenticationKind | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type as AuthType] : undefined;
}

/** Returns the settings that a definition stores, by their names in `auth_config`. */
export function settingsOf({ headerName, settings }: StoredSettings): AuthSettings {
  return headerName === null ? settings : { ...settings, header_name: headerName };
}

/**
 * Converts settings to the form in which a definition stores them. The header name of an api_key has its own field,
 * which is older than `settings`.
 */
export function storedSettings({ header_name: headerName, ...settings }: AuthSettings): StoredSettings {
  return { headerName: headerName ?? null, settings: settings as Record<string, string> };
}

interface StoredSettings {
  headerName: string | null;
  settings: Record<string, string>;
}

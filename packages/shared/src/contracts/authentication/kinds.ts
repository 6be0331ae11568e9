import { apiKey } from './api-key.ts';
import { basic } from './basic.ts';
import { bearer } from './bearer.ts';
import type { AuthenticationKind, OpenedFields, Settings } from './kind.ts';
import { none } from './none.ts';
import { oauth2 } from './oauth2.ts';

/** The ways to authenticate a call, by their `auth_type`. A new one is its module and a line here. */
const KINDS = { none, basic, bearer, api_key: apiKey, oauth2 } as const;
type Kinds = typeof KINDS;

export type AuthType = keyof Kinds;
export const AUTH_TYPES = Object.keys(KINDS) as AuthType[];

/** Names of the `auth_config` fields that are stored and shown in clear, of all kinds. */
export type AuthSettingName = { [T in AuthType]: keyof Kinds[T]['settings'] & string }[AuthType];

/** Names of all `auth_config` fields, of all kinds. */
export type AuthConfigField =
  AuthSettingName | { [T in AuthType]: keyof Kinds[T]['sealed'] & string }[AuthType];

/** A credential in clear. It exists between opening and sending, and is never logged. */
export type Credential = {
  [T in AuthType]: keyof Kinds[T]['sealed'] extends never
    ? never
    : { type: T } & OpenedFields<Kinds[T]['sealed']>;
}[AuthType];

/** The kind of a type, for code that serves them all: its functions take a credential and settings of that type only. */
export function authenticationKind(type: AuthType): AuthenticationKind {
  return KINDS[type];
}

/** Like `authenticationKind`, for types read from a definition: a later release may have published one unknown here. */
export function findAuthenticationKind(type: string): AuthenticationKind | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type as AuthType] : undefined;
}

/** The settings that a definition holds, by their names in `auth_config`. */
export function settingsOf({ headerName, settings }: StoredSettings): Settings {
  return headerName === null ? settings : { ...settings, header_name: headerName };
}

/** Turns settings into the form a definition stores. The header of an api_key has an older field of its own. */
export function storedSettings({ header_name: headerName, ...settings }: Settings): StoredSettings {
  return { headerName: headerName ?? null, settings: settings as Record<string, string> };
}

interface StoredSettings {
  headerName: string | null;
  settings: Record<string, string>;
}

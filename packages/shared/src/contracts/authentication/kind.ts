import type { TSchema } from 'typebox';
import type { TokenSource } from './token-source.ts';

/** A field of `auth_config`. Every value is a text. */
export interface AuthField {
  /** Validates and documents the field in the REST API. */
  schema: TSchema;
  /** Checks a value that fits the schema. Returns an error text, which never quotes the value, or null. */
  problem?: (value: string) => string | null;
}

/** A field that is sealed with the credential and never returned. */
interface SealedField extends AuthField {
  /** Name in the sealed JSON if it differs from the one in `auth_config`. */
  sealedAs?: string;
}

/** A field that is stored and shown in clear. */
interface SettingField extends AuthField {
  /** Value if none is given. */
  default?: string;
  required?: boolean;
  /** The credential is sent to this URL: its destination is checked, and a new origin requires the credential again. */
  isUrl?: boolean;
  /** Decides to whom or how the credential is sent, so that the sealed credential is bound to its value (ADR 28). */
  isBound?: boolean;
}

type SealedFields = Readonly<Record<string, SealedField>>;
type SettingFields = Readonly<Record<string, SettingField>>;

/** Values of the sealed fields in clear, by their sealed names. */
export type OpenedFields<S extends SealedFields> = {
  [F in keyof S & string as S[F] extends { sealedAs: infer Name extends string } ? Name : F]: string;
};

/** Settings by their names in `auth_config`; those that were not given and have no default are missing. */
export type Settings<T extends SettingFields = SettingFields> = Readonly<Partial<Record<keyof T, string>>>;

/** Result of authenticating one attempt. */
interface Authenticated {
  headers: readonly { name: string; value: string }[];
  /** Texts that must appear nowhere and are not part of the credential. */
  secrets?: readonly string[];
  /** Time spent waiting for it, in ms; it counts towards the timeout of the attempt. */
  waitedMs?: number;
  /** Reports that the endpoint answered 401. Returns whether the next attempt will use another token. */
  refused?: () => boolean;
}

/** The headers that authenticate one request, with everything that must be redacted because of them. */
export interface Authentication extends Authenticated {
  /** Texts that must appear nowhere: in no log, event, answer or stored attempt. */
  secrets: readonly string[];
}

/**
 * One way to authenticate a call, all of it: what the user enters, which part of that is sealed, and which
 * headers it becomes. Everything else (REST schema, input, sealing, view, redaction) is derived from the table in
 * `kinds.ts`.
 */
export interface AuthenticationKind<
  S extends SealedFields = SealedFields,
  T extends SettingFields = SettingFields,
> {
  /** The credential. Given whole or not at all; a kind without one seals nothing. */
  readonly sealed: S;
  readonly settings: T;
  /** Name of the header it sets, which the definition may then not set itself; null for none. */
  headerName(settings: Settings<T>): string | null;
  /** The parts of the credential that must appear nowhere, also in the forms that the kind writes them in. */
  secretTexts(credential: OpenedFields<S>): string[];
  /** Authenticates one attempt. Asynchronous, because a kind may have to make a call first. */
  authenticate(
    credential: OpenedFields<S>,
    settings: Settings<T>,
    tokens: TokenSource,
  ): Promise<Authenticated>;
}

/** Types the functions of a kind by the fields that it declares. */
export function defineKind<const S extends SealedFields, const T extends SettingFields>(
  kind: AuthenticationKind<S, T>,
): AuthenticationKind<S, T> {
  return kind;
}

import type { TSchema } from 'typebox';
import type { TokenSource } from './token-source.ts';

/** A field of `auth_config`. Every value is a string. */
export interface AuthField {
  /** Validates and documents the field in the REST API. */
  schema: TSchema;
  /** Checks a value that matches the schema. Returns null, or an error text, which never quotes the value. */
  problem?: (value: string) => string | null;
}

/** A field that is sealed with the credential and never returned. */
interface SealedField extends AuthField {
  /** Name in the sealed JSON if it differs from the one in `auth_config`. */
  sealedAs?: string;
}

/** A field that is stored and shown in plain text. */
interface SettingField extends AuthField {
  /** Value that applies if the field is omitted. */
  default?: string;
  required?: boolean;
  /**
   * Whether the field is a URL to which the credential is sent. If so, the destination of the URL is checked, and the
   * credential must be entered again when the origin of the URL changes.
   */
  isUrl?: boolean;
  /**
   * Whether the value determines where or how the credential is sent. If so, the sealed credential is bound to the
   * value (ADR 28).
   */
  isBound?: boolean;
}

type SealedFields = Readonly<Record<string, SealedField>>;
type SettingFields = Readonly<Record<string, SettingField>>;

/** Plain-text values of the sealed fields, by their names in the sealed JSON. */
export type OpenedFields<S extends SealedFields> = {
  [F in keyof S & string as S[F] extends { sealedAs: infer Name extends string } ? Name : F]: string;
};

/** Settings by their names in `auth_config`, without those that were not given and have no default. */
export type AuthSettings<T extends SettingFields = SettingFields> = Readonly<
  Partial<Record<keyof T, string>>
>;

/** Result of authenticating one attempt. */
interface Authenticated {
  headers: readonly { name: string; value: string }[];
  /** Texts that must not appear anywhere, in addition to the credential itself. */
  secrets?: readonly string[];
  /** Time spent waiting for a token, in ms; it counts towards the timeout of the attempt. */
  waitedMs?: number;
  /** Reports that the endpoint responded with 401. Returns whether the next attempt will use another token. */
  refused?: () => boolean;
}

/** The headers that authenticate one request, with everything that must be redacted because of them. */
export interface Authentication extends Authenticated {
  /** Texts that must not appear in any log, event, response or stored attempt. */
  secrets: readonly string[];
}

/**
 * One complete way to authenticate a call: the fields that the user enters, which of them are sealed, and the
 * headers made from them. Everything else (REST schema, input, sealing, view, redaction) is derived from the table
 * in `kinds.ts`.
 */
export interface AuthenticationKind<
  S extends SealedFields = SealedFields,
  T extends SettingFields = SettingFields,
> {
  /** Fields of the credential, of which either all or none must be given; empty for a kind without a credential. */
  readonly sealed: S;
  readonly settings: T;
  /**
   * Returns the name of the header that this kind sets, which the definition must not set itself; null if it sets none.
   */
  headerName(settings: AuthSettings<T>): string | null;
  /**
   * Returns the parts of the credential that must not appear anywhere, in every form that the kind sends except
   * base64, which redaction recognises by itself.
   */
  secretTexts(credential: OpenedFields<S>): string[];
  /** Authenticates one attempt. Asynchronous, because a kind may have to make a request first. */
  authenticate(
    credential: OpenedFields<S>,
    settings: AuthSettings<T>,
    tokens: TokenSource,
  ): Promise<Authenticated>;
}

/** Derives the parameter types of a kind's functions from the fields that it declares. */
export function defineKind<const S extends SealedFields, const T extends SettingFields>(
  kind: AuthenticationKind<S, T>,
): AuthenticationKind<S, T> {
  return kind;
}

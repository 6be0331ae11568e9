import type { AuthField, AuthSettings } from '@hookline/shared/contracts/authentication/kind';
import {
  authenticationKind,
  type AuthType,
  type Credential,
  storedSettings,
} from '@hookline/shared/contracts/authentication/kinds';
import type { DefinitionAuth } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { authDestinations } from '@hookline/webhook-call/authentication/check-settings';

type AuthConfig = NonNullable<WebhookActionInput['auth_config']>;

/** Change that a request makes to the stored credential. */
export type CredentialChange =
  { kind: 'none' } | { kind: 'keep'; sealed: Buffer } | { kind: 'set'; credential: Credential };

interface AuthReading {
  type: AuthType;
  /** Header name and settings as stored in a definition. */
  headerName: string | null;
  settings: Record<string, string>;
  change: CredentialChange;
  errors: FieldError[];
}

/** Stored authentication whose credential may be kept, and how the new definition differs from it. */
interface StoredAuth {
  auth: DefinitionAuth;
  /**
   * Whether the new URL has the same origin as the stored URL; otherwise the secret could go to a third party.
   */
  sameOrigin: boolean;
  /**
   * Whether the new definition stops verifying the certificate, so that an attacker on the network path could read the
   * secret.
   */
  isVerificationLowered: boolean;
}

/** Fields of auth_config by name. */
type ConfigFields = Readonly<Record<string, string | undefined>>;

/**
 * Parses auth_type and auth_config according to the fields that the type defines. A credential must be complete
 * or absent. If no credential is sent, the stored credential is kept, provided that the type and the origins of the
 * URLs do not change and the verification of the certificate is not switched off.
 */
export function readAuth(type: AuthType, config: AuthConfig, stored: StoredAuth | null): AuthReading {
  const given: ConfigFields = config;
  const { sealed, settings } = authenticationKind(type);
  const foreign = Object.keys(given)
    .filter((name) => !Object.hasOwn(sealed, name) && !Object.hasOwn(settings, name))
    .map((name) => fieldError(name, `does not belong to auth_type ${type}`));
  const chosen = storedSettings(readSettings(type, given));
  const { change, errors } = readCredential(type, given, stored && { ...stored, chosen });
  return { type, ...chosen, change, errors: [...foreign, ...valueErrors(settings, given), ...errors] };
}

/** Reads the settings; those that are missing get their defaults. */
function readSettings(type: AuthType, given: ConfigFields): AuthSettings {
  const { settings } = authenticationKind(type);
  const values = Object.entries(settings).map(([name, field]) => [name, given[name] ?? field.default]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as AuthSettings;
}

function readCredential(
  type: AuthType,
  given: ConfigFields,
  stored: (StoredAuth & { chosen: ReturnType<typeof storedSettings> }) | null,
): { change: CredentialChange; errors: FieldError[] } {
  const { sealed } = authenticationKind(type);
  const names = Object.keys(sealed);
  const missing = names.filter((name) => given[name] === undefined);
  const mayKeep = missing.length === names.length && stored?.auth.type === type && stored.auth.sealed;
  const risk = mayKeep ? newRisk(stored.auth, { ...stored, chosen: { type, ...stored.chosen } }) : null;
  if (mayKeep && risk === null) return { change: { kind: 'keep', sealed: mayKeep }, errors: [] };
  if (missing.length > 0) {
    const message = mayKeep ? `must be sent again, because ${risk}` : `is required for auth_type ${type}`;
    return { change: { kind: 'none' }, errors: missing.map((name) => fieldError(name, message)) };
  }
  if (names.length === 0) return { change: { kind: 'none' }, errors: [] };
  const values = names.map((name) => [sealed[name]?.sealedAs ?? name, given[name]]);
  const credential = { type, ...Object.fromEntries(values) } as Credential;
  return { change: { kind: 'set', credential }, errors: valueErrors(sealed, given) };
}

/** Returns the change that could disclose a kept credential to a third party; null if there is none. */
function newRisk(
  before: DefinitionAuth,
  {
    sameOrigin,
    isVerificationLowered,
    chosen,
  }: Omit<StoredAuth, 'auth'> & { chosen: Parameters<typeof authDestinations>[0] },
): string | null {
  if (!sameOrigin) return 'the origin of the URL changes';
  if (isVerificationLowered) return 'ssl_verify is switched off';
  const origins = new Map(authDestinations(before).map(({ field, url }) => [field, url?.origin]));
  const moved = authDestinations(chosen).find(({ field, url }) => url && url.origin !== origins.get(field));
  return moved ? `the origin of ${moved.field} changes` : null;
}

function valueErrors(fields: Readonly<Record<string, AuthField>>, given: ConfigFields): FieldError[] {
  return Object.entries(fields).flatMap(([name, { problem }]) => {
    const value = given[name];
    const message = value === undefined ? null : (problem?.(value) ?? null);
    return message === null ? [] : [fieldError(name, message)];
  });
}

function fieldError(name: string, message: string): FieldError {
  return { field: `auth_config.${name}`, message };
}

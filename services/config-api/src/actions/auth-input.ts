import type { AuthType, DefinitionAuth } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { type Credential, DEFAULT_API_KEY_HEADER } from '@hookline/webhook-call/credentials/credential';

type AuthConfig = NonNullable<WebhookActionInput['auth_config']>;

/** What is to become of the stored credential. */
export type CredentialChange =
  { kind: 'none' } | { kind: 'keep'; sealed: Buffer } | { kind: 'set'; credential: Credential };

export interface AuthReading {
  type: AuthType;
  /** Header of an api_key, else null. */
  headerName: string | null;
  change: CredentialChange;
  errors: FieldError[];
}

/** What is stored now, for a PUT. */
export interface StoredAuth {
  auth: DefinitionAuth;
  /** Whether the new URL has the origin of the stored one: else the secret goes to a stranger. */
  sameOrigin: boolean;
}

/** The fields of each type; all but header_name are what the credential consists of. */
const FIELDS = {
  none: [],
  basic: ['username', 'password'],
  bearer: ['token'],
  api_key: ['header_name', 'api_key'],
} as const satisfies Record<AuthType, readonly (keyof AuthConfig)[]>;

/** Visible ASCII only: these travel as they are in a header (RFC 9110, section 5.5). */
const HEADER_SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const CONTROL = /\p{Cc}/u;

/**
 * Reads auth_type and auth_config. A credential is given whole or not at all; not given, the stored one is
 * kept if it is of the same type and still goes to the same origin.
 */
export function readAuth(type: AuthType, config: AuthConfig, stored: StoredAuth | null): AuthReading {
  const headerName = type === 'api_key' ? (config.header_name ?? DEFAULT_API_KEY_HEADER) : null;
  const foreign = (Object.keys(config) as (keyof AuthConfig)[])
    .filter((name) => !FIELDS[type].some((own) => own === name))
    .map((name) => ({ field: `auth_config.${name}`, message: `does not belong to auth_type ${type}` }));
  const reading = (change: CredentialChange, errors: FieldError[] = []): AuthReading => ({
    type,
    headerName,
    change,
    errors: [...foreign, ...errors],
  });
  if (type === 'none') return reading({ kind: 'none' });
  const secretFields = FIELDS[type].filter((name) => name !== 'header_name');
  const missing = secretFields.filter((name) => config[name] === undefined);
  const nothingGiven = missing.length === secretFields.length;
  if (nothingGiven && stored?.auth.type === type && stored.auth.sealed) {
    if (stored.sameOrigin) return reading({ kind: 'keep', sealed: stored.auth.sealed });
    const message = 'must be sent again, because the origin of the URL changes';
    return reading({ kind: 'none' }, fieldErrors(missing, message));
  }
  if (missing.length > 0) {
    return reading({ kind: 'none' }, fieldErrors(missing, `is required for auth_type ${type}`));
  }
  return reading({ kind: 'set', credential: credential(type, config) }, valueErrors(type, config));
}

function credential(type: Exclude<AuthType, 'none'>, config: AuthConfig): Credential {
  const { username = '', password = '', token = '', api_key: apiKey = '' } = config;
  if (type === 'basic') return { type, username, password };
  return type === 'bearer' ? { type, token } : { type, apiKey };
}

/** Messages never quote a value. */
function valueErrors(type: Exclude<AuthType, 'none'>, config: AuthConfig): FieldError[] {
  const { username = '', password = '', token = '', api_key: apiKey = '' } = config;
  const errors: (FieldError | false)[] = {
    basic: [
      // RFC 7617, section 2: the first colon ends the user name.
      (username === '' || username.includes(':') || CONTROL.test(username)) && {
        field: 'auth_config.username',
        message: 'must not be empty and must not contain a colon or a control character',
      },
      CONTROL.test(password) && {
        field: 'auth_config.password',
        message: 'must not contain a control character',
      },
    ],
    bearer: [!HEADER_SAFE.test(token) && { field: 'auth_config.token', message: NOT_HEADER_SAFE }],
    api_key: [!HEADER_SAFE.test(apiKey) && { field: 'auth_config.api_key', message: NOT_HEADER_SAFE }],
  }[type];
  return errors.filter((error) => error !== false);
}

const NOT_HEADER_SAFE = 'must not be empty and may contain visible ASCII only, with spaces only in between';

function fieldErrors(names: readonly (keyof AuthConfig)[], message: string): FieldError[] {
  return names.map((name) => ({ field: `auth_config.${name}`, message }));
}

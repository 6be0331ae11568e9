import { DELIVERY_DEFAULTS } from '@hookline/shared/contracts/delivery-choices';
import type { AuthType } from '@hookline/shared/contracts/authentication/kinds';
import type { ContentKind, HttpMethod } from '@hookline/shared/contracts/events';
import {
  DEFAULT_CONTENT_KIND,
  DEFINITION_DEFAULTS,
  type WebhookActionInput,
} from '@hookline/shared/contracts/rest/webhook-actions';

/** A row in a list of names and values, as typed. Names may be empty or repeated. */
export interface NamedRow {
  name: string;
  value: string;
}

/**
 * Contents of the form's fields, by their names in the API. Numbers and lists are texts, because a person types them
 * character by character.
 */
export interface FormState {
  url: string;
  method: HttpMethod;
  headers: readonly NamedRow[];
  /** Text of the template; empty if there is no body. */
  payload_template: string;
  content_kind: ContentKind;
  auth_type: AuthType;
  /** Settings and secrets that were typed, including those of kinds of authentication that are not chosen now. */
  auth_config: Readonly<Record<string, string>>;
  /** Whether the stored secret is kept. */
  keepsSecret: boolean;
  signing_enabled: boolean;
  /** Empty to generate a secret, or to keep the stored secret. */
  signing_secret: string;
  timeout_seconds: string;
  retry_enabled: boolean;
  retry_max_attempts: string;
  /** Waits in seconds, separated by commas; null for growing waits. */
  retry_schedule: string | null;
  /** Empty for the default. */
  retry_on: string;
  /** Empty for the default. */
  success_on: string;
  follow_redirects: boolean;
  resend_on_reset: boolean;
  header_encoding: 'percent' | 'utf8';
  ssl_verify: boolean;
  response_mapping: readonly NamedRow[];
  /** Empty for no limit. */
  endpoint_rate_limit: string;
  store_bodies: 'all' | 'none';
  enabled: boolean;
}

/** Returns the state of an empty form. */
export function emptyState(): FormState {
  return {
    url: '',
    method: 'POST',
    headers: [],
    payload_template: '',
    content_kind: DEFAULT_CONTENT_KIND,
    auth_type: 'none',
    auth_config: {},
    keepsSecret: false,
    signing_enabled: false,
    signing_secret: '',
    timeout_seconds: String(DEFINITION_DEFAULTS.timeoutSeconds),
    retry_enabled: true,
    retry_max_attempts: String(DEFINITION_DEFAULTS.retryMaxAttempts),
    retry_schedule: null,
    retry_on: '',
    success_on: '',
    follow_redirects: DELIVERY_DEFAULTS.followRedirects,
    resend_on_reset: DELIVERY_DEFAULTS.resendOnReset,
    header_encoding: DELIVERY_DEFAULTS.headerEncoding,
    ssl_verify: true,
    response_mapping: [],
    endpoint_rate_limit: '',
    store_bodies: 'all',
    enabled: true,
  };
}

/** Converts the body of a POST, or the fields of a stored webhook with the same format, to the state of the form. */
export function stateOfInput(input: Partial<WebhookActionInput>): FormState {
  const empty = emptyState();
  return {
    ...empty,
    url: input.url ?? empty.url,
    method: input.method ?? empty.method,
    headers: rowsOf(input.headers),
    payload_template: templateTextOf(input.payload_template),
    content_kind: input.content_kind ?? empty.content_kind,
    auth_type: input.auth_type ?? empty.auth_type,
    auth_config: { ...input.auth_config },
    signing_enabled: input.signing_enabled ?? empty.signing_enabled,
    signing_secret: input.signing_secret ?? '',
    ...retriesOf(input, empty),
    follow_redirects: input.follow_redirects ?? empty.follow_redirects,
    resend_on_reset: input.resend_on_reset ?? empty.resend_on_reset,
    header_encoding: input.header_encoding ?? empty.header_encoding,
    ssl_verify: input.ssl_verify ?? empty.ssl_verify,
    response_mapping: rowsOf(input.response_mapping),
    endpoint_rate_limit: textOf(input.endpoint_rate_limit),
    store_bodies: input.store_bodies ?? empty.store_bodies,
    enabled: input.enabled ?? empty.enabled,
  };
}

function retriesOf(input: Partial<WebhookActionInput>, empty: FormState) {
  return {
    timeout_seconds: textOf(input.timeout_seconds) || empty.timeout_seconds,
    retry_enabled: input.retry_enabled ?? empty.retry_enabled,
    retry_max_attempts: textOf(input.retry_max_attempts) || empty.retry_max_attempts,
    retry_schedule: input.retry_schedule ? input.retry_schedule.join(', ') : null,
    retry_on: input.retry_on ?? '',
    success_on: input.success_on ?? '',
  };
}

/** Returns a template as text: a string unchanged, any other value as JSON. */
function templateTextOf(template: unknown): string {
  if (template === undefined || template === null) return '';
  return typeof template === 'string' ? template : JSON.stringify(template, null, 2);
}

function rowsOf(map: Readonly<Record<string, string>> = {}): NamedRow[] {
  return Object.entries(map).map(([name, value]) => ({ name, value }));
}

function textOf(number: number | null | undefined): string {
  return number === undefined || number === null ? '' : String(number);
}

import { authenticationKind } from '@hookline/shared/contracts/authentication/kinds';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import type { FormState, NamedRow } from './form-state.ts';

/**
 * Returns the contents of the form as the body of a POST or PUT. The body has every field except kept secrets and empty
 * settings of the authentication, so that a PUT resets no other field. A number that cannot be parsed is left as text,
 * which the checks then report.
 */
export function inputOf(state: FormState): WebhookActionInput {
  const input = {
    url: state.url.trim(),
    method: state.method,
    headers: mapOf(state.headers),
    payload_template:
      state.content_kind === 'none' || state.payload_template.trim() === '' ? null : state.payload_template,
    content_kind: state.content_kind,
    auth_type: state.auth_type,
    ...authConfigOf(state),
    signing_enabled: state.signing_enabled,
    ...(state.signing_enabled && state.signing_secret !== '' && { signing_secret: state.signing_secret }),
    timeout_seconds: numberOf(state.timeout_seconds),
    retry_enabled: state.retry_enabled,
    retry_max_attempts: numberOf(state.retry_max_attempts),
    retry_schedule: scheduleOf(state.retry_schedule),
    retry_on: state.retry_on.trim() || null,
    success_on: state.success_on.trim() || null,
    follow_redirects: state.follow_redirects,
    resend_on_reset: state.resend_on_reset,
    header_encoding: state.header_encoding,
    ssl_verify: state.ssl_verify,
    response_mapping: mapOf(state.response_mapping),
    endpoint_rate_limit: state.endpoint_rate_limit.trim() === '' ? null : numberOf(state.endpoint_rate_limit),
    store_bodies: state.store_bodies,
    enabled: state.enabled,
  };
  return input as WebhookActionInput;
}

/**
 * Returns the fields of the chosen kind of authentication: its settings, and its secrets unless the stored secrets are
 * kept.
 */
function authConfigOf({ auth_type, auth_config, keepsSecret }: FormState) {
  const { settings, sealed } = authenticationKind(auth_type);
  const given = Object.keys(settings).filter((name) => (auth_config[name] ?? '') !== '');
  const names = [...given, ...(keepsSecret ? [] : Object.keys(sealed))];
  if (names.length === 0) return {};
  const entries = names.map((name) => [name, auth_config[name] ?? '']);
  return { auth_config: Object.fromEntries(entries) as Record<string, string> };
}

/** Converts the rows that have a name to a map. The checks report rows without a name. */
function mapOf(rows: readonly NamedRow[]): Record<string, string> {
  return Object.fromEntries(
    rows.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]),
  );
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;

function numberOf(text: string): number | string {
  const trimmed = text.trim();
  return NUMBER.test(trimmed) ? Number(trimmed) : trimmed;
}

function scheduleOf(text: string | null): (number | string)[] | null {
  if (text === null) return null;
  return text
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map(numberOf);
}

import type { WebhookDefinition } from '@hookline/shared/contracts/events';

/** Maximum number of header names or mapped fields that a warning lists. */
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 100;

/** Settings that have a default, by their names in the API. Each function returns the value as the API shows it. */
const SETTINGS: Readonly<
  Record<string, (definition: WebhookDefinition) => string | number | boolean | null>
> = {
  content_kind: ({ contentKind }) => contentKind,
  timeout_seconds: ({ timeoutMs }) => timeoutMs / 1_000,
  retry_enabled: ({ retryEnabled }) => retryEnabled,
  retry_max_attempts: ({ retryMaxAttempts }) => retryMaxAttempts,
  ssl_verify: ({ sslVerify }) => sslVerify,
  retry_on: ({ retryOn }) => retryOn,
  success_on: ({ successOn }) => successOn,
  follow_redirects: ({ followRedirects }) => followRedirects,
  resend_on_reset: ({ resendOnReset }) => resendOnReset,
  header_encoding: ({ headerEncoding }) => headerEncoding,
  store_bodies: ({ storeBodies }) => (storeBodies ? 'all' : 'none'),
  enabled: ({ enabled }) => enabled,
};

/**
 * Lists human-readable warnings about settings that a change removed or reset. A PUT replaces the whole definition, so
 * a forgotten field is lost without an error.
 * @param given names of the fields in the body; all others are reset to their defaults
 */
export function removalWarnings(
  before: WebhookDefinition,
  after: WebhookDefinition,
  given: ReadonlySet<string>,
): string[] {
  const removed: (string | false)[] = [
    before.auth.sealed !== null &&
      after.auth.sealed === null &&
      `The stored credential (auth_type ${before.auth.type}) was removed: calls are no longer authenticated.`,
    before.signing !== null &&
      after.signing === null &&
      'The signing secret was removed: calls are no longer signed.',
    before.payloadTemplate !== null &&
      after.payloadTemplate === null &&
      'payload_template was removed: calls are sent without a body.',
    before.endpointRateLimit !== null &&
      after.endpointRateLimit === null &&
      `endpoint_rate_limit was removed; it was ${before.endpointRateLimit}.`,
    before.retrySchedule !== null &&
      after.retrySchedule === null &&
      `retry_schedule was removed; it had ${before.retrySchedule.length} waits.`,
    namesGone('headers', before.headers, after.headers),
    namesGone('response_mapping', before.responseMapping, after.responseMapping),
  ];
  const reset = Object.entries(SETTINGS)
    .filter(([name, valueOf]) => !given.has(name) && valueOf(before) !== valueOf(after))
    .map(
      ([name, valueOf]) =>
        `${name} was omitted, so it has its default again: ${valueOf(after)}; it was ${valueOf(before)}.`,
    );
  return [...removed.filter((warning) => warning !== false), ...reset];
}

function namesGone(
  field: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string | false {
  const left = new Set(Object.keys(after).map((name) => name.toLowerCase()));
  const gone = Object.keys(before).filter((name) => !left.has(name.toLowerCase()));
  if (gone.length === 0) return false;
  const shown = gone.slice(0, MAX_NAMES).map((name) => name.slice(0, MAX_NAME_LENGTH).toWellFormed());
  const more = gone.length > shown.length ? ` and ${gone.length - shown.length} more` : '';
  return `${field}: ${shown.join(', ')}${more} removed.`;
}

import { Type } from 'typebox';
import { DELIVERY_DEFAULTS } from '../delivery-choices.ts';
import { HEADER_ENCODINGS } from '../events.ts';
import { LIMITS } from '../limits.ts';
import { Nullable, OneOf, Within } from './fields.ts';

/** Fields of a webhook action that change how a call is sent and classified. */

/** A retry schedule in the API: waits in seconds, like the other times of an action. */
export const RetrySchedule = (use: string) =>
  Nullable(
    Type.Array(Within(LIMITS.retryWaitSeconds), {
      minItems: LIMITS.retryScheduleWaits.min,
      maxItems: LIMITS.retryScheduleWaits.max,
      description: `Waits in seconds before the first retry, the second and so on, as in [60, 3600, 43200]. ${use}`,
    }),
  );

const StatusList = (description: string) =>
  Nullable(
    Type.String({
      maxLength: LIMITS.statusListChars.max,
      description: `${description} Codes, classes and ranges, separated by commas: "408, 425, 500-504, 5xx".`,
    }),
  );

const fields = {
  retry_schedule: RetrySchedule(
    'Replaces the default waits and retry_max_attempts; null for the defaults. A retry happens only before its execution expires (expires_at).',
  ),
  retry_on: StatusList('Statuses that are retried; null for 429 and 5xx.'),
  success_on: StatusList('Statuses that count as success; null for 2xx.'),
};

const FOLLOW_REDIRECTS =
  'Whether up to three redirects are followed. Another origin receives no credentials, signatures or configured headers, except Content-Type, Content-Encoding and Content-Language.';
const RESEND_ON_RESET =
  'Whether a POST or PATCH is sent again if the endpoint closed a kept connection before it responded. The endpoint may have handled the first request; webhook-id identifies a repeat.';
const HEADER_ENCODING =
  'How characters beyond ASCII in header values are sent: percent (percent-encoded UTF-8) or utf8 (UTF-8 bytes).';

export const deliveryChoicesInput = {
  retry_schedule: Type.Optional(fields.retry_schedule),
  retry_on: Type.Optional(fields.retry_on),
  success_on: Type.Optional(fields.success_on),
  follow_redirects: Type.Optional(
    Type.Boolean({ default: DELIVERY_DEFAULTS.followRedirects, description: FOLLOW_REDIRECTS }),
  ),
  resend_on_reset: Type.Optional(
    Type.Boolean({ default: DELIVERY_DEFAULTS.resendOnReset, description: RESEND_ON_RESET }),
  ),
  header_encoding: Type.Optional(
    OneOf(HEADER_ENCODINGS, { default: DELIVERY_DEFAULTS.headerEncoding, description: HEADER_ENCODING }),
  ),
};

export const deliveryChoicesShown = {
  ...fields,
  follow_redirects: Type.Boolean({ description: FOLLOW_REDIRECTS }),
  resend_on_reset: Type.Boolean({ description: RESEND_ON_RESET }),
  header_encoding: OneOf(HEADER_ENCODINGS, { description: HEADER_ENCODING }),
};

import type { DeliveryChoices } from '@hookline/shared/contracts/delivery-choices';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import {
  DEFAULT_CONTENT_KIND,
  DEFINITION_DEFAULTS,
  type WebhookActionInput,
} from '@hookline/shared/contracts/rest/webhook-actions';
import { deliveryChoices } from './delivery-choices.ts';
import { templateText } from './payload-template.ts';

/** Fields of a definition that can be configured through the API, except authentication and signing. */
export type DefinitionSettings = Pick<
  WebhookDefinition,
  | 'url'
  | 'method'
  | 'headers'
  | 'payloadTemplate'
  | 'contentKind'
  | 'timeoutMs'
  | 'retryEnabled'
  | 'retryMaxAttempts'
  | 'sslVerify'
  | 'responseMapping'
  | 'endpointRateLimit'
  | 'storeBodies'
  | 'enabled'
  | keyof DeliveryChoices
>;

/** Reads the settings from the body of a POST or PUT; omitted fields get their defaults. */
export function definitionSettings(input: WebhookActionInput): DefinitionSettings {
  return {
    url: input.url,
    method: input.method,
    headers: input.headers ?? {},
    payloadTemplate: templateText(input.payload_template),
    contentKind: input.content_kind ?? DEFAULT_CONTENT_KIND,
    timeoutMs: Math.round((input.timeout_seconds ?? DEFINITION_DEFAULTS.timeoutSeconds) * 1_000),
    retryEnabled: input.retry_enabled ?? true,
    retryMaxAttempts: input.retry_max_attempts ?? DEFINITION_DEFAULTS.retryMaxAttempts,
    sslVerify: input.ssl_verify ?? true,
    responseMapping: input.response_mapping ?? {},
    endpointRateLimit: input.endpoint_rate_limit ?? null,
    storeBodies: input.store_bodies !== 'none',
    enabled: input.enabled ?? true,
    ...deliveryChoices(input),
  };
}

/**
 * Returns the well-formed fields of a body (an object), so that the other checks can run on them and all errors are
 * reported together. An invalid `url` or `method`, whose error is already known, is replaced by a placeholder.
 */
export function soundInput(body: unknown, faulty: ReadonlySet<string>): WebhookActionInput {
  const fields = Object.entries(body as object).filter(([name]) => !faulty.has(name));
  return { url: '', method: 'POST', ...Object.fromEntries(fields) };
}

/** Returns the top-level names of the fields that have errors. */
export function faultyFields(errors: readonly FieldError[]): ReadonlySet<string> {
  return new Set(errors.map(({ field }) => field.split('.', 1)[0] ?? ''));
}

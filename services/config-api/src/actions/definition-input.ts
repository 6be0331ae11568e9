import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import { DEFINITION_LIMITS, type WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { parseJson, stringifyJson } from '@hookline/webhook-call/json/lossless-json';

/** What of a definition the API configures, but for the credential. */
export type DefinitionSettings = Pick<
  WebhookDefinition,
  | 'url'
  | 'method'
  | 'headers'
  | 'payloadTemplate'
  | 'timeoutMs'
  | 'retryEnabled'
  | 'retryMaxAttempts'
  | 'sslVerify'
  | 'responseMapping'
  | 'endpointRateLimit'
  | 'enabled'
>;

/** Settings from the body of POST or PUT; what is left out has its default. */
export function definitionSettings(input: WebhookActionInput): DefinitionSettings {
  const { timeoutSeconds, retryMaxAttempts } = DEFINITION_LIMITS;
  return {
    url: input.url,
    method: input.method,
    headers: input.headers ?? {},
    payloadTemplate: templateText(input.payload_template),
    timeoutMs: Math.round((input.timeout_seconds ?? timeoutSeconds.default) * 1_000),
    retryEnabled: input.retry_enabled ?? true,
    retryMaxAttempts: input.retry_max_attempts ?? retryMaxAttempts.default,
    sslVerify: input.ssl_verify ?? true,
    responseMapping: input.response_mapping ?? {},
    endpointRateLimit: input.endpoint_rate_limit ?? null,
    enabled: input.enabled ?? true,
  };
}

/** a text is the template's text itself, any other value becomes its JSON text; null is no body. */
function templateText(template: unknown): string | null {
  if (template === undefined || template === null) return null;
  return typeof template === 'string' ? template : stringifyJson(template);
}

/** The way back: the value where the text is what that value would be stored as, else the text. */
export function templateInput(text: string | null): unknown {
  if (text === null) return null;
  try {
    const value = parseJson(text);
    // A JSON text of a string would be taken for template text the next time, and JSON.stringify must not lose digits.
    return typeof value !== 'string' && JSON.stringify(JSON.parse(text)) === text ? value : text;
  } catch (error) {
    // With unquoted fields it is no JSON.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/**
 * The part of a body (an object) whose shape is right, so that the other checks can run on it and all errors are
 * reported at once. `url` and `method` stand in where they are at fault; their errors are known already.
 */
export function soundInput(body: unknown, faulty: ReadonlySet<string>): WebhookActionInput {
  const fields = Object.entries(body as object).filter(([name]) => !faulty.has(name));
  return { url: '', method: 'POST', ...Object.fromEntries(fields) };
}

/** Top-level names of the fields that errors are about. */
export function faultyFields(errors: readonly FieldError[]): ReadonlySet<string> {
  return new Set(errors.map(({ field }) => field.split('.', 1)[0] ?? ''));
}

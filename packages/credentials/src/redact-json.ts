import type { SecretFilter } from './secret-filter.ts';

/** Filters secrets from JSON text; if the result is no longer valid JSON, returns it as one JSON string. */
export function redactJson(json: string, secrets: SecretFilter): string {
  const redacted = secrets.redact(json);
  if (redacted === json) return json;
  try {
    JSON.parse(redacted);
    return redacted;
  } catch {
    return JSON.stringify(redacted);
  }
}

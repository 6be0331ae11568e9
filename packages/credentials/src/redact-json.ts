import type { SecretFilter } from './secret-filter.ts';

/** Filters secrets from JSON text; where that took more than the inside of a string, the result is one JSON string. */
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

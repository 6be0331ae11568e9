/** Replaces known secrets in text that strangers wrote: endpoints echo what they were sent. */
export interface SecretFilter {
  redact(text: string): string;
}

export const REDACTED = '[redacted]';

/** Shorter strings stand in ordinary text by chance, and removing them would only show where. */
const MIN_SECRET_LENGTH = 4;

const NOTHING_TO_HIDE: SecretFilter = { redact: (text) => text };

/** Filters the secrets as they are and in the encodings in which they are echoed: base64, percent-encoded, JSON. */
export function createSecretFilter(secrets: readonly string[]): SecretFilter {
  const forms = new Set(secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).flatMap(encodings));
  if (forms.size === 0) return NOTHING_TO_HIDE;
  // Longest first: a form that holds another one is replaced whole.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  let pattern: RegExp | undefined;
  return {
    redact(text) {
      pattern ??= new RegExp(longestFirst.map(literally).join('|'), 'g');
      return text.replace(pattern, REDACTED);
    },
  };
}

function encodings(secret: string): string[] {
  const wellFormed = secret.toWellFormed();
  const bytes = Buffer.from(wellFormed);
  const percent = encodeURIComponent(wellFormed);
  return [
    secret,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    percent.replaceAll('%20', '+'),
    JSON.stringify(wellFormed).slice(1, -1),
  ];
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

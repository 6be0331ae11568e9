import { createHmac } from 'node:crypto';

/** What a signature covers (Standard Webhooks 1.0.0). */
interface SignedContent {
  /** `webhook-id`; holds no dot, which is what separates it from the timestamp. */
  id: string;
  /** `webhook-timestamp`: Unix time in seconds. */
  timestamp: number;
  /** The bytes on the wire; null for no body, which is signed as an empty one. */
  body: Buffer | null;
}

/**
 * Value of `webhook-signature`: a `v1` (HMAC-SHA256) item for each key, in their order. A receiver accepts the request
 * if any item fits its secret, which is how secrets are rotated.
 */
export function sign({ id, timestamp, body }: SignedContent, keys: readonly Buffer[]): string {
  return keys
    .map((key) => {
      const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`);
      return `v1,${hmac.update(body ?? '').digest('base64')}`;
    })
    .join(' ');
}

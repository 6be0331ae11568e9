import { createHmac } from 'node:crypto';

/** Content that a signature covers (Standard Webhooks 1.0.0). */
interface SignedContent {
  /** `webhook-id`; contains no dot, because a dot separates it from the timestamp. */
  id: string;
  /** `webhook-timestamp`: Unix time in seconds. */
  timestamp: number;
  /** Body bytes as sent; null without a body, which is signed as an empty one. */
  body: Buffer | null;
}

/**
 * Returns the value of `webhook-signature`: one `v1` (HMAC-SHA256) item per key, in their order. A receiver accepts the
 * request if any item matches its secret, which is how secrets are rotated.
 */
export function sign({ id, timestamp, body }: SignedContent, keys: readonly Buffer[]): string {
  return keys
    .map((key) => {
      const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`);
      return `v1,${hmac.update(body ?? '').digest('base64')}`;
    })
    .join(' ');
}

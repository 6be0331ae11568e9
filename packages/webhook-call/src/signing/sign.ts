import { createHmac } from 'node:crypto';

/** Content that a signature covers (Standard Webhooks 1.0.0). */
interface SignedContent {
  /** `webhook-id`; contains no dot, because a dot separates the id from the timestamp. */
  id: string;
  /** `webhook-timestamp`: Unix time in seconds. */
  timestamp: number;
  /** Body bytes as sent; null if there is no body, which is signed as an empty body. */
  body: Buffer | null;
}

/**
 * Returns the value of `webhook-signature`: one `v1` (HMAC-SHA256) item per key, in the order of the keys. A receiver
 * accepts the request if any item matches its secret, so a secret can be rotated.
 */
export function sign({ id, timestamp, body }: SignedContent, keys: readonly Buffer[]): string {
  return keys
    .map((key) => {
      const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`);
      return `v1,${hmac.update(body ?? '').digest('base64')}`;
    })
    .join(' ');
}

import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { Webhook } from 'standardwebhooks';

/**
 * Verifies a request as a customer does, with the official library and the bytes as they arrived.
 * @throws WebhookVerificationError
 */
export function verifySignature(secret: string, request: ReceivedRequest): void {
  const headers = Object.fromEntries(request.rawHeaders);
  new Webhook(secret).verify(request.body, headers, { jsonParse: false });
}

/** Returns the signatures in `webhook-signature`. */
export function signaturesOf(request: ReceivedRequest): string[] {
  return request.header('webhook-signature')?.split(' ') ?? [];
}

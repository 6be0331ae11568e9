import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { Webhook } from 'standardwebhooks';

/**
 * Verifies what an endpoint got as a customer does, by the official library and from the bytes as they arrived.
 * @throws WebhookVerificationError
 */
export function verifySignature(secret: string, request: ReceivedRequest): void {
  const headers = Object.fromEntries(request.rawHeaders);
  new Webhook(secret).verify(request.body, headers, { jsonParse: false });
}

/** The items of `webhook-signature`. */
export function signaturesOf(request: ReceivedRequest): string[] {
  return request.header('webhook-signature')?.split(' ') ?? [];
}

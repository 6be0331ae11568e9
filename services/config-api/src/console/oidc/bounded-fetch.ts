import type { CustomFetch } from 'openid-client';

interface Bounds {
  /** Maximum time for one call, including its response body. */
  timeoutMs: number;
  /** Maximum size of the decoded body. */
  maxBytes: number;
}

/**
 * Calls the identity provider without following redirects. Unlike calls to customers' endpoints, these calls are not
 * checked by the destination guard, because the operator chooses the address, which is often inside the network (ADR
 * 48).
 */
export function createBoundedFetch({ timeoutMs, maxBytes }: Bounds): CustomFetch {
  return async (url, { method, headers: sent, body: form = null }) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = { method, headers: sent, body: form as RequestInit['body'] & {}, signal };
    const response = await fetch(url, { ...request, redirect: 'manual' });
    const { status, headers } = response;
    const body = await readAtMost(response, maxBytes);
    return new Response(body.length === 0 ? null : body, { status, headers });
  };
}

/** @throws Error if the body is larger than `maxBytes` */
async function readAtMost({ body }: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Throwing out of the loop cancels the rest of the response.
    if (length > maxBytes) throw new Error(`the provider sent more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

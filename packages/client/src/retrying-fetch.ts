export type Fetch = (request: Request) => Promise<Response>;

interface RetryOptions {
  /** Maximum number of times that a request is sent again. */
  maxRetries: number;
  /** Maximum `Retry-After` to wait for, in ms; a response with a longer `Retry-After` is returned. */
  maxWaitMs: number;
}

const REPEATABLE_METHODS = ['GET', 'HEAD', 'PUT', 'DELETE'];

/**
 * Creates a `fetch` that sends a request again after the time in `Retry-After` if the API was too busy: after a 429,
 * because such a request was refused before it had any effect, and after a 503 if the request may be repeated (it has
 * an idempotent method or an Idempotency-Key).
 */
export function retryingFetch(
  { fetch, sleep }: { fetch: Fetch; sleep: (ms: number, signal: AbortSignal) => Promise<void> },
  { maxRetries, maxWaitMs }: RetryOptions,
): Fetch {
  return async (request) => {
    for (let retries = 0; ; retries++) {
      // The body of a request can be sent only once, so a copy is sent, and the original keeps the body for a retry.
      const response = await fetch(request.clone());
      const waitMs = retryAfterMs(response);
      if (!mayRepeat(request, response) || waitMs === null) return response;
      if (retries >= maxRetries || waitMs > maxWaitMs) return response;
      await response.body?.cancel();
      await sleep(waitMs, request.signal);
    }
  };
}

function mayRepeat({ method, headers }: Request, { status }: Response): boolean {
  if (status === 429) return true;
  return status === 503 && (REPEATABLE_METHODS.includes(method) || headers.has('idempotency-key'));
}

/** Reads `Retry-After` in seconds, as the API sends it. Any other form comes from a proxy and is ignored. */
function retryAfterMs({ headers }: Response): number | null {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : null;
}

/** Waits; if the signal is aborted, rejects with the signal's reason. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

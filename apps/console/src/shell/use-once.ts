import { idempotent } from '@hookline/client';
import { useState } from 'react';

/**
 * Returns parameters with the Idempotency-Key of a form, and a function that replaces the key, to be called when the
 * input changes. A request that is repeated because its response was lost keeps the key, so that the API processes it
 * only once.
 */
export function useOnce(): [once: ReturnType<typeof idempotent>, renew: () => void] {
  const [once, setOnce] = useState(() => idempotent());
  return [once, () => setOnce(idempotent())];
}

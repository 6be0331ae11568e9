import { idempotent } from '@hookline/client';
import { useState } from 'react';

/**
 * Returns the Idempotency-Key of a form, and a function that replaces it. Call it when the input changes. A request that is
 * repeated because its answer was lost keeps the key, so the API carries it out once.
 */
export function useOnce(): [once: ReturnType<typeof idempotent>, renew: () => void] {
  const [once, setOnce] = useState(() => idempotent());
  return [once, () => setOnce(idempotent())];
}

import { idempotent } from '@hookline/client';
import { useState } from 'react';

/**
 * Returns the Idempotency-Key of a form, and a function that replaces it. Call that when the input changes: the same
 * request again, because its answer was lost, keeps the key and is carried out once.
 */
export function useOnce(): [once: ReturnType<typeof idempotent>, renew: () => void] {
  const [once, setOnce] = useState(() => idempotent());
  return [once, () => setOnce(idempotent())];
}

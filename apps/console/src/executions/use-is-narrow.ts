import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(width < 700px)');

function subscribe(listener: () => void): () => void {
  narrow.addEventListener('change', listener);
  return () => narrow.removeEventListener('change', listener);
}

/** Returns whether the window is as narrow as on a phone. Rows of the list then have two lines. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}

import { useLayoutEffect, useRef } from 'react';

/** Keeps the latest version of a value for callbacks that an earlier render created. */
export function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value);
  // Not `useEffect`, which may run after the page is painted: an event in between would use an outdated version.
  useLayoutEffect(() => {
    ref.current = value;
  });
  return ref;
}

import { useLayoutEffect, useRef } from 'react';

/** Keeps the newest version of a value for work that an older render started. */
export function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value);
  // Not `useEffect`, which runs after the page is shown: until then an event would find the former version.
  useLayoutEffect(() => {
    ref.current = value;
  });
  return ref;
}

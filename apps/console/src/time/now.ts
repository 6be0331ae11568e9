import { useSyncExternalStore } from 'react';

/** Interval at which relative times are updated. */
const EVERY_MS = 5_000;

let now = Date.now();
const listeners = new Set<() => void>();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // The time may be old, because nothing updated it while it was not shown.
  if (timer === undefined) now = Date.now();
  timer ??= window.setInterval(() => {
    now = Date.now();
    for (const notify of listeners) notify();
  }, EVERY_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** Returns the current time, which a single timer updates every few seconds for all components. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

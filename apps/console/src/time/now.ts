import { useSyncExternalStore } from 'react';

/** Relative times are renewed at this interval. */
const EVERY_MS = 5_000;

let now = Date.now();
const listeners = new Set<() => void>();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
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

/** Returns the time, renewed every few seconds, with one timer for all who use it. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

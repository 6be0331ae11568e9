import { HooklineError } from '@hookline/client/hookline-error';

/** Refusals that depend on the moment or on the session: not signed in, too slow, too many requests. */
const TEMPORARY: readonly number[] = [401, 408, 429];

/** Returns whether the same request may succeed later: not if the API refused what it asks for. */
export function isWorthRepeating(error: unknown): boolean {
  if (!(error instanceof HooklineError)) return true;
  return error.status < 400 || error.status >= 500 || TEMPORARY.includes(error.status);
}

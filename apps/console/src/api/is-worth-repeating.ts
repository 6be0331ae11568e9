import { HooklineError } from '@hookline/client/hookline-error';

/** Refusals that depend on the moment or on the session: not signed in, too slow, too early, too many requests. */
const TEMPORARY: readonly number[] = [401, 408, 425, 429];
const MAX_RETRIES = 2;

/** Returns whether the same request may succeed later: not if the API refused what it asks for. */
export function isWorthRepeating(error: unknown): boolean {
  if (!(error instanceof HooklineError)) return true;
  return error.status < 400 || error.status >= 500 || TEMPORARY.includes(error.status);
}

/**
 * Returns whether a read that failed is repeated without being asked for: after 401 only once the user has signed in
 * again.
 * @param failures number of times that it has failed before this time
 */
export function isRepeated(failures: number, error: unknown): boolean {
  const isSignedOut = error instanceof HooklineError && error.status === 401;
  return failures < MAX_RETRIES && !isSignedOut && isWorthRepeating(error);
}

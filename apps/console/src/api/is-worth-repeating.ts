import { HooklineError } from '@hookline/client/hookline-error';

/** Status codes of refusals that may be temporary: not signed in, too slow, too early, too many requests. */
const TEMPORARY: readonly number[] = [401, 408, 425, 429];
const MAX_RETRIES = 2;

/** Returns whether the same request may succeed later; false if the API refused it for a lasting reason. */
export function isWorthRepeating(error: unknown): boolean {
  if (!(error instanceof HooklineError)) return true;
  return error.status < 400 || error.status >= 500 || TEMPORARY.includes(error.status);
}

/**
 * Returns whether a failed read is repeated automatically. After a 401 it is not, because the user must sign in first.
 * @param failures number of times that the read failed before this failure
 */
export function isRepeated(failures: number, error: unknown): boolean {
  const isSignedOut = error instanceof HooklineError && error.status === 401;
  return failures < MAX_RETRIES && !isSignedOut && isWorthRepeating(error);
}

import type { ApiCaller } from '../../http/caller.ts';
import { ProblemError } from '../../http/problem-error.ts';
import type { PlaceLimits, Places } from '../../quotas/places.ts';

/** Maximum numbers of streams that are open at one time in this instance (ADR 47). */
export const STREAM_LIMITS: PlaceLimits = { perInstance: 500, perAccount: 50, perSender: 20 };

const RETRY_AFTER_SECONDS = 15;

const HOLDERS: Record<keyof PlaceLimits, string> = {
  perSender: 'This caller',
  perAccount: 'The account',
  perInstance: 'This instance',
};

/**
 * Counts a stream. Dispose of the result when the stream has ended.
 * @throws ProblemError 429 if a maximum is reached
 */
export function takeStreamPlace(places: Places, caller: ApiCaller, accountId: string): Disposable {
  const place = places.take(caller, accountId);
  if (typeof place !== 'string') return place;
  const what = `${HOLDERS[place]} has ${places.limits[place]} open streams`;
  const detail = `${what}; close one of them, or try again in ${RETRY_AFTER_SECONDS} s`;
  throw new ProblemError(429, 'too_many_streams', detail, {
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}

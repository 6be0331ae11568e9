import type { QuotaLevel } from './request-quotas.ts';

/**
 * Builds the `RateLimit-Policy` and `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-10), with one item for
 * each quota that the request uses. For a token bucket, the quota `q` is its size, the window `w` is the time in which
 * an empty bucket fills up, and `t` is the time until the bucket of the quota is full. Times are in seconds. Both
 * fields are Lists (RFC 9651) whose items are Strings, the names of the quotas.
 */
export function rateLimitHeaders(levels: readonly QuotaLevel[]): Record<string, string> {
  const policies = levels.map(({ name, rate: { burst, perSecond } }) => {
    return `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`;
  });
  const current = levels.map(({ name, remaining, fullInMs }) => {
    return `"${name}";r=${remaining};t=${Math.ceil(fullInMs / 1_000)}`;
  });
  return { 'ratelimit-policy': policies.join(', '), ratelimit: current.join(', ') };
}

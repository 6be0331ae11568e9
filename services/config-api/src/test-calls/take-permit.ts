import { ProblemError } from '../http/problem-error.ts';
import type { TestCallPermit } from './pg-quota.ts';
import type { QuotaRefusal } from './quota.ts';

/** Grants permits for test calls, and for previews, which count as test calls. */
export interface PermitSource {
  take(accountId: string): Promise<TestCallPermit | (QuotaRefusal & { kind: 'refused' })>;
}

/**
 * Takes a permit.
 * @throws ProblemError 429 if the account has to wait
 */
export async function takePermit(quota: PermitSource, accountId: string): Promise<TestCallPermit> {
  const permit = await quota.take(accountId);
  if (permit.kind === 'permit') return permit;
  const { reason, retryAfterSeconds } = permit;
  throw new ProblemError(429, 'too_many_test_calls', `${reason}; wait ${retryAfterSeconds} s`, {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { isWithin, type Limit, limitProblem, LIMITS, nearestWithin } from '@hookline/shared/contracts/limits';
import { statusProblems } from '@hookline/webhook-call/outcome/status-rules';
import { retryProblem } from '@hookline/shared/contracts/retry-policy-limits';

/**
 * Replaces out-of-range numbers of definitions and settings with the nearest numbers in range. Older releases accepted
 * any rate above 0, and their records stay in the topic. An account that set a rate near 0 gets the slowest possible
 * rate, whereas a refusal would end all its executions with an error (ADR 15). Pure.
 */

/** A configuration record whose numbers are in range, with a sentence about each invalid value of the original. */
export interface Bounded<T> {
  value: T;
  problems: string[];
}

export function boundDefinition(definition: WebhookDefinition): Bounded<WebhookDefinition> {
  const { value, problems } = boundFields(definition, {
    timeoutMs: LIMITS.timeoutMs,
    retryMaxAttempts: LIMITS.retryMaxAttempts,
    endpointRateLimit: LIMITS.endpointRatePerSecond,
  });
  const scheduleProblem = retryProblem(value);
  const bounded = scheduleProblem === null ? value : { ...value, retrySchedule: nearestSchedule(value) };
  const statuses = statusProblems(value).map(({ field, message }) => `${field} ${message}`);
  return {
    value: bounded,
    problems: [...problems, ...(scheduleProblem === null ? [] : [scheduleProblem]), ...statuses],
  };
}

/**
 * Returns a schedule cut to the maximum number of waits, with each wait replaced by the nearest wait in range; null if
 * the schedule has no waits, so that the waits of R-007 apply.
 */
function nearestSchedule({ retrySchedule }: WebhookDefinition): number[] | null {
  const waits = (retrySchedule ?? []).slice(0, LIMITS.retryScheduleWaits.max);
  return waits.length === 0 ? null : waits.map((waitMs) => nearestWithin(LIMITS.retryWaitMs, waitMs));
}

export function boundSettings(settings: AccountSettings): Bounded<AccountSettings> {
  return boundFields(settings, {
    maxInFlight: LIMITS.maxInFlight,
    maxInFlightPerEndpoint: LIMITS.maxInFlightPerEndpoint,
    ratePerSecond: LIMITS.ratePerSecond,
    burst: LIMITS.burst,
    maxStoredBytesPerDay: LIMITS.maxStoredBytesPerDay,
  });
}

/** Names of the fields that hold a number, or null in place of it. */
type NumberField<T> = { [K in keyof T]-?: T[K] extends number | null ? K : never }[keyof T] & string;

/** Returns the record itself if everything is in range, so that its cached compiled form stays valid. */
function boundFields<T extends object>(
  record: T,
  limits: Partial<Record<NumberField<T>, Limit>>,
): Bounded<T> {
  const nearest: Record<string, number> = {};
  const problems: string[] = [];
  for (const [name, limit] of Object.entries<Limit | undefined>(limits)) {
    const value = (record as Record<string, unknown>)[name];
    if (limit === undefined || value === null || isWithin(limit, value)) continue;
    nearest[name] = nearestWithin(limit, value as number);
    problems.push(`${name} ${limitProblem(limit, value)}`);
  }
  return problems.length === 0 ? { value: record, problems } : { value: { ...record, ...nearest }, problems };
}

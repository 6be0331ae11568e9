import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { isWithin, type Limit, limitProblem, LIMITS, nearestWithin } from '@hookline/shared/contracts/limits';

/**
 * Numbers of definitions and settings out of range are replaced by the nearest ones in range. Older releases took any
 * rate above 0, and their records stay in the topic; an account that asked for next to no calls gets the slowest rate
 * there is, where a refusal would end all its executions with an error (ADR 15). Pure.
 */

/** A configuration record whose numbers are in range, and a sentence about each that was not. */
export interface Bounded<T> {
  value: T;
  problems: string[];
}

export function boundDefinition(definition: WebhookDefinition): Bounded<WebhookDefinition> {
  return boundFields(definition, {
    timeoutMs: LIMITS.timeoutMs,
    retryMaxAttempts: LIMITS.retryMaxAttempts,
    endpointRateLimit: LIMITS.endpointRatePerSecond,
  });
}

export function boundSettings(settings: AccountSettings): Bounded<AccountSettings> {
  return boundFields(settings, {
    maxInFlight: LIMITS.maxInFlight,
    maxInFlightPerEndpoint: LIMITS.maxInFlightPerEndpoint,
    ratePerSecond: LIMITS.ratePerSecond,
    burst: LIMITS.burst,
  });
}

/** The names of the fields that hold a number, or null for none. */
type NumberField<T> = { [K in keyof T]-?: T[K] extends number | null ? K : never }[keyof T] & string;

/** The record itself where all is in range, so that what is kept for it (its compiled form) stays. */
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

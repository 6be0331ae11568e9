import type { Rate } from '@hookline/shared/runtime/gcra';
import type { Person } from './person.ts';

/** Requests per second that an account may send to one instance of the API (R-023, ADR 27). */
export interface RequestRates {
  /** All requests except those that count against `executionsPerSecond`. */
  apiRequestsPerSecond: number;
  /**
   * Requests that create, change or preview an action or a draft, or pause or resume calls; they may resolve a host
   * name and compile templates.
   */
  definitionChangesPerSecond: number;
  /** Requests for an execution or for a replay of one; each execution in a bulk request counts. */
  executionsPerSecond: number;
}

/** Kinds of request, which use different quotas. */
export type RequestKind = 'request' | 'definition change' | 'execution';

/** A quota that a request uses. */
export interface QuotaPolicy {
  /** Name in the `RateLimit` headers. */
  name: 'key' | 'account' | 'definition-changes' | 'executions';
  /** Owner of the bucket: an account, or the sender of a request (`senderOf`). */
  ownerId: string;
  rate: Rate;
}

/** Caller whose requests are counted. */
interface QuotaOwner {
  accountId: string;
  keyId: string | null;
  person?: Person;
  isPortal?: true;
  rates: RequestRates;
}

/** Size of a bucket in seconds of its rate, so that loading a page or importing data is not delayed. */
const BURST_SECONDS = 10;
/**
 * Share of its account's requests that one sender may make, so that a client in a loop leaves some requests for others.
 */
const KEY_SHARE = 0.5;

/**
 * Returns the quotas that a request of an account uses. Executions have a separate quota, so that a polling dashboard
 * and workflows cannot block each other.
 */
export function quotaPolicies(owner: QuotaOwner, kind: RequestKind): QuotaPolicy[] {
  const { accountId, rates } = owner;
  const ofAccount = (name: QuotaPolicy['name'], perSecond: number): QuotaPolicy => ({
    name,
    ownerId: accountId,
    rate: rateOf(perSecond),
  });
  if (kind === 'execution') return [ofAccount('executions', rates.executionsPerSecond)];
  const all: QuotaPolicy[] = [
    { name: 'key', ownerId: senderOf(owner), rate: rateOf(rates.apiRequestsPerSecond * KEY_SHARE) },
    ofAccount('account', rates.apiRequestsPerSecond),
  ];
  if (kind === 'definition change') {
    all.push(ofAccount('definition-changes', rates.definitionChangesPerSecond));
  }
  return all;
}

/**
 * Returns a name for the sender of a request: a key, a person or a portal. Browsers with portal tokens must not use up
 * the quota of the server whose key created the tokens.
 */
export function senderOf({ accountId, keyId, person, isPortal }: Omit<QuotaOwner, 'rates'>): string {
  if (isPortal) return `portal ${keyId ?? accountId}`;
  return keyId ?? `person ${person?.subject} ${accountId}`;
}

function rateOf(perSecond: number): Rate {
  return { perSecond, burst: Math.ceil(perSecond * BURST_SECONDS) };
}

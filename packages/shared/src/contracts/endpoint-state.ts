import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import { LIMITS } from './limits.ts';

/**
 * State of an account's endpoints, which dispatchers store in Redis for the next owner of the account
 * and for `GET /api/v1/webhook-endpoints`. It is only a hint: without it, delivery continues and circuits start closed.
 *
 * One hash per account, with these fields:
 * - `owner`: epoch of the owner that wrote last; writes by an owner with a lower epoch are rejected;
 * - `account`: AccountState as JSON;
 * - one field per endpoint, named by scheme, host, port and path of its URL template: its EndpointState as JSON.
 */

/** Returns the key of an account's hash, to which the Redis client prepends the deployment's prefix and `hookline:`. */
export function endpointStatesKey(accountId: string): string {
  return `endpoints:${accountId}`;
}

/** Names of the fields that are not endpoints; the field names of endpoints begin with http. */
export const OWNER_FIELD = 'owner';
export const ACCOUNT_FIELD = 'account';

/**
 * Time from the last write to a hash until it expires; the state in a field is ignored if it is older than this.
 */
export const ENDPOINT_STATE_TTL_MS = 86_400_000;

/** Values from Redis outside these ranges are ignored, because a wrong number must not hold calls back forever. */
const At = Type.Number({ minimum: LIMITS.time.min, maximum: LIMITS.time.max });
const Count = Type.Integer({ minimum: LIMITS.stateCount.min, maximum: LIMITS.stateCount.max });

/** Times are epoch ms. `openedAt`: time at which the breaker left the closed state; later openings do not change it. */
export const BreakerState = Type.Union([
  Type.Object({
    state: Type.Literal('closed'),
    consecutiveFailures: Count,
    /** Number of calls that ended within the window; `failures` of them failed. */
    calls: Count,
    failures: Count,
  }),
  Type.Object({
    state: Type.Literal('open'),
    consecutiveFailures: Count,
    openedAt: At,
    nextProbeAt: At,
    /** Duration in ms for which the breaker is open this time; after a failed probe, it doubles up to a maximum. */
    waitMs: At,
  }),
  Type.Object({
    state: Type.Literal('half_open'),
    consecutiveFailures: Count,
    openedAt: At,
    waitMs: At,
    /** Number of probes that have succeeded so far. */
    successes: Count,
  }),
]);
export type BreakerState = Static<typeof BreakerState>;
export type BreakerStateName = BreakerState['state'];

/**
 * GCRA state of a rate limit: the theoretical arrival times (epoch ms) after started calls and after reserved start
 * times.
 */
export const RateState = Type.Object({ startsTat: At, reservedTat: At });
export type RateState = Static<typeof RateState>;

const written = {
  /** Increases with every write by the same owner. */
  version: Count,
  /** Epoch of the owner, as in the field `owner`. */
  epoch: Count,
  updatedAt: At,
};

export const EndpointState = Type.Object({
  ...written,
  breaker: BreakerState,
  rate: RateState,
  inFlight: Count,
  /** Calls queued in the dispatcher's memory; those in the delay lanes are not counted. */
  waiting: Count,
});
export type EndpointState = Static<typeof EndpointState>;

const AccountState = Type.Object({ ...written, rate: RateState });
type AccountState = Static<typeof AccountState>;

/** All stored state of an account. */
export interface AccountEndpointStates {
  account: AccountState | null;
  endpoints: Map<string, EndpointState>;
}

/**
 * Reads the fields of an account's hash. Ignores fields that do not have this layout, contain a number out of range, or
 * were written more than a day before or after `now`.
 * @param now epoch ms
 */
export function readEndpointStates(
  fields: Iterable<readonly [field: string, value: string]>,
  now: number,
): AccountEndpointStates {
  const states: AccountEndpointStates = { account: null, endpoints: new Map() };
  for (const [field, value] of fields) {
    if (field === OWNER_FIELD) continue;
    if (field === ACCOUNT_FIELD) states.account = readState(AccountState, value, now);
    else {
      const state = readState(EndpointState, value, now);
      if (state) states.endpoints.set(field, state);
    }
  }
  return states;
}

function readState<T extends TSchema>(schema: T, json: string, now: number): Static<T> | null {
  const value = parse(json);
  if (!Check(schema, value)) return null;
  const { updatedAt } = value as { updatedAt: number };
  const ageMs = now - updatedAt;
  return Math.abs(ageMs) < ENDPOINT_STATE_TTL_MS ? value : null;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import { LIMITS } from './limits.ts';

/**
 * What dispatchers keep in Redis of an account's endpoints, for the next owner of the account and for
 * `GET /api/v1/webhook-endpoints`. Hints only: without them delivery continues, and breakers start closed.
 *
 * One hash an account, whose fields are
 * - `owner`: epoch of the owner that wrote last; an owner with a lower one is refused;
 * - `account`: AccountState as JSON;
 * - each other: an endpoint (scheme, host, port and path of the URL template), with its EndpointState as JSON.
 */

/** Key of an account's hash; the Redis client puts the deployment's prefix and `hookline:` before it. */
export function endpointStatesKey(accountId: string): string {
  return `endpoints:${accountId}`;
}

/** Names of the fields that are no endpoints; those begin with http. */
export const OWNER_FIELD = 'owner';
export const ACCOUNT_FIELD = 'account';

/** A hash vanishes so long after its last write; an endpoint whose state is older than this counts for nothing. */
export const ENDPOINT_STATE_TTL_MS = 86_400_000;

/** Values from Redis are used only within these: a made-up number must not hold calls back forever. */
const At = Type.Number({ minimum: LIMITS.time.min, maximum: LIMITS.time.max });
const Count = Type.Integer({ minimum: LIMITS.stateCount.min, maximum: LIMITS.stateCount.max });

/** Times are epoch ms. `openedAt`: since when it does not let calls pass freely, through all its openings. */
export const BreakerState = Type.Union([
  Type.Object({
    state: Type.Literal('closed'),
    consecutiveFailures: Count,
    /** Calls that ended within the window, and how many of them failed. */
    calls: Count,
    failures: Count,
  }),
  Type.Object({
    state: Type.Literal('open'),
    consecutiveFailures: Count,
    openedAt: At,
    nextProbeAt: At,
    /** How long this opening lasts, in ms; the next one twice that. */
    waitMs: At,
  }),
  Type.Object({
    state: Type.Literal('half_open'),
    consecutiveFailures: Count,
    openedAt: At,
    waitMs: At,
    /** Probes that succeeded so far. */
    successes: Count,
  }),
]);
export type BreakerState = Static<typeof BreakerState>;
export type BreakerStateName = BreakerState['state'];

/** Theoretical arrival times of the two lines of a rate limit, epoch ms: of calls started, and of slots promised. */
export const RateState = Type.Object({ startsTat: At, reservedTat: At });
export type RateState = Static<typeof RateState>;

const written = {
  /** Grows with every write of one owner. */
  version: Count,
  /** The owner's, as in the field `owner`. */
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

/** All that is kept of an account. */
export interface AccountEndpointStates {
  account: AccountState | null;
  endpoints: Map<string, EndpointState>;
}

/**
 * Reads the fields of an account's hash. Fields that are not a state of this layout, hold a number out of range, or were
 * written more than a day before or after `now` are ignored.
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

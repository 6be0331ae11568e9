/**
 * The range of every number that comes from outside: rates, waits, times, sizes and counts in REST bodies, Kafka
 * records, Redis and environment variables. Schemas, checks and error texts are made from these, so that no door takes
 * what another one refuses. Both ends are finite, so a number that passed a door is finite too (ADR 15).
 */

export interface Limit {
  readonly min: number;
  readonly max: number;
  /** Whether only whole numbers are in range; those are safe integers. */
  readonly whole: boolean;
  /** What the number counts. */
  readonly unit: string;
  /** Why the range ends where it does, with the rule behind it. */
  readonly reason: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MIB = 1_048_576;

type Range = readonly [min: number, max: number];

function whole([min, max]: Range, unit: string, reason: string): Limit {
  return { min, max, whole: true, unit, reason };
}

function real([min, max]: Range, unit: string, reason: string): Limit {
  return { min, max, whole: false, unit, reason };
}

const RATE_REASON =
  'R-017: at the least, a call in 28 hours, so that every honest "once a day" fits; at the most, more than one dispatcher makes';
const SLOTS_REASON = 'R-015: at least one call runs; at the most, what ten dispatchers hold by default';

const timeoutSeconds = real(
  [1, 120],
  'seconds',
  'R-006: an endpoint has a second, and no slot is held longer',
);
/** Retries after the first call. */
const retries = 5;

/** Webhook definitions, as REST and `webhook.definitions` carry them. */
const definitionLimits = {
  timeoutSeconds,
  timeoutMs: whole(
    [timeoutSeconds.min * 1_000, timeoutSeconds.max * 1_000],
    'ms',
    'R-006: timeout_seconds as the event carries it',
  ),
  retryMaxAttempts: whole([1, retries], 'retries', 'R-007: retries after the first call'),
  gracePeriodSeconds: whole(
    [0, 7 * 86_400],
    'seconds',
    'how long a rotated signing secret may sign on; receivers change over within a week',
  ),
  endpointRatePerSecond: real([0.000_01, 10_000], 'calls per second', RATE_REASON),
};

/** Account settings, as REST and `webhook.account-settings` carry them. */
const accountLimits = {
  maxInFlight: whole([1, 10_000], 'calls in flight', SLOTS_REASON),
  maxInFlightPerEndpoint: whole([1, 10_000], 'calls in flight', SLOTS_REASON),
  ratePerSecond: real([0.000_01, 10_000], 'calls per second', RATE_REASON),
  burst: whole(
    [1, 100_000],
    'calls',
    'R-017: with none, no call would start; ten seconds at the highest rate',
  ),
};

/** What an account may own at once, as REST and the environment set it (R-023, ADR 19). */
const quotaLimits = {
  maxActions: whole([0, 1_000_000], 'actions', 'each dispatcher keeps the definitions of all accounts'),
  maxDefinitionBytes: whole([0, 16_384 * MIB], 'bytes', 'the same, counted by size'),
  maxApiKeys: whole([0, 10_000], 'keys', 'more than anyone can keep track of'),
};

/** Requests and attempts, as REST, the SDK, `webhook.requested`, `webhook.delayed` and `webhook.due` carry them. */
const requestLimits = {
  time: whole(
    [0, 253_402_300_799_999],
    'ms since 1970-01-01T00:00Z',
    'the years 1970 to 9999, which every Avro library, RFC 3339 and Postgres can hold',
  ),
  contextBytes: whole([0, MIB], 'bytes', 'R-014: a context, as UTF-8'),
  metadataBytes: whole(
    [0, 262_144],
    'bytes',
    'echoed into the completed event, which has a bound of its own',
  ),
  retries: whole([0, retries], 'retries', 'R-007: retries after the first call; 0 for none'),
  retryBaseMs: whole([1, HOUR_MS], 'ms', 'R-007: the first wait; the waits after it grow up to 24 h'),
  retryFactor: real([1, 10], 'times the wait before', 'R-007: waits never shrink'),
  attempt: whole([1, retries + 1], 'attempts', 'R-007: the first call and its retries'),
  deferrals: whole([0, 2 ** 31 - 1], 'deferrals', 'an Avro int; counted by dispatchers, never chosen'),
  aheadMs: whole([0, 7 * DAY_MS], 'ms', 'docs/design/events.md: notBefore after the request was accepted'),
  lifeMs: whole([0, 7 * DAY_MS], 'ms', 'R-007: expiresAt after the first call was wanted'),
  pageSize: whole([1, 100], 'entries', 'a page is answered from memory'),
  waitSeconds: whole([0, 60], 'seconds', 'RFC 7240: how long a caller may wait for an outcome'),
};

/** Life of an execution that sets no `expiresAt`, counted from when its first call was wanted. */
export const DEFAULT_LIFE_MS = 72 * HOUR_MS;

/** What dispatchers keep in Redis. Times there are `time`. */
const stateLimits = {
  stateCount: whole([0, Number.MAX_SAFE_INTEGER], 'calls, versions or epochs', 'counted exactly'),
};

/** Environment variables. */
const settingLimits = {
  baseWaitMs: whole(
    [1, 60_000],
    'ms',
    'R-007: 5 s in production; lanes, at up to 6,561 times that, fit a timer',
  ),
  partitions: whole([1, 10_000], 'partitions', 'more than one Kafka cluster serves well'),
  replication: whole([1, 100], 'replicas', 'as many as there are brokers'),
  historyDays: whole([1, 3_650], 'days', 'a partition of each history table a day'),
  dispatcherMaxInFlight: whole([1, 100_000], 'calls in flight', 'R-015: sockets that a process can hold'),
  maxUnfinished: whole([8, 1_000_000], 'records', 'kept in memory, most of them undecoded (ADR 21)'),
  maxOpen: whole([1, 1_000_000], 'records', 'kept in memory, decoded (ADR 21)'),
  maxUnfinishedBytes: whole([MIB, 64 * 1_024 * MIB], 'bytes', 'kept in memory; at least a record fits'),
  definitionCacheBytes: whole(
    [MIB, 64 * 1_024 * MIB],
    'bytes',
    'kept in memory, decoded and compiled (ADR 19)',
  ),
  idempotencyWindowMs: whole([0, DAY_MS], 'ms', 'verdicts of that time are kept in memory'),
  databaseConnections: whole([1, 1_000], 'connections', 'more than one Postgres serves well'),
  batchRecords: whole([1, 100_000], 'records', 'kept in memory, written in one transaction'),
  batchBytes: whole([1, 1_024 * MIB], 'bytes', 'kept in memory, written in one transaction'),
  lingerMs: whole([0, 60_000], 'ms', 'history follows within a minute'),
};

export const LIMITS = {
  ...definitionLimits,
  ...accountLimits,
  ...quotaLimits,
  ...requestLimits,
  ...stateLimits,
  ...settingLimits,
} as const satisfies Record<string, Limit>;

/** Whether a value is a number in the range; false for NaN, Infinity and anything that is not a number. */
export function isWithin(limit: Limit, value: unknown): value is number {
  if (typeof value !== 'number' || !(value >= limit.min && value <= limit.max)) return false;
  return !limit.whole || Number.isSafeInteger(value);
}

/** The number of the range that is nearest to a value; the least one for NaN, which is near to none. */
export function nearestWithin(limit: Limit, value: number): number {
  if (Number.isNaN(value)) return limit.min;
  const inside = Math.min(Math.max(value, limit.min), limit.max);
  return limit.whole ? Math.round(inside) : inside;
}

/** The range in words: "a whole number from 1 to 5". */
export function rangeText({ min, max, whole }: Pick<Limit, 'min' | 'max' | 'whole'>): string {
  return `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`;
}

/** Null for a number of the range; else an error text: "must be a whole number from 1 to 5 (retries), not 6". */
export function limitProblem(limit: Limit, value: unknown): string | null {
  if (isWithin(limit, value)) return null;
  return `must be ${rangeText(limit)} (${limit.unit}), not ${String(value)}`;
}

/** A field with its limit and its value; null or undefined where it may be left out and is. */
export type BoundedField = readonly [name: string, limit: Limit, value: number | null | undefined];

/** Null if all fields are in range; else an error text about the first that is not, which begins with its name. */
export function firstLimitProblem(fields: readonly BoundedField[]): string | null {
  for (const [name, limit, value] of fields) {
    const problem = value === null || value === undefined ? null : limitProblem(limit, value);
    if (problem !== null) return `${name} ${problem}`;
  }
  return null;
}

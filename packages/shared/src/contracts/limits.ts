/**
 * Ranges of the numbers that come from outside: rates, waits, times, sizes and counts in REST bodies, Kafka records,
 * Redis and environment variables. Schemas, checks and error texts are derived from these ranges, so that no
 * input accepts a number that another input rejects. Both bounds are finite, so every accepted number is finite too
 * (ADR 15).
 */

export interface Limit {
  readonly min: number;
  readonly max: number;
  /** Whether only whole numbers are in range. Every whole number in range is a safe integer. */
  readonly whole: boolean;
  /** Unit of the number, in words. */
  readonly unit: string;
  /** Reason for the bounds, with the requirement or ADR that sets them, if any. */
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
  'R-017: the minimum is one call in 28 hours, so that "once a day" fits however it is rounded; the maximum exceeds the rate of any dispatcher';
const SLOTS_REASON =
  'R-015: at least one call can run; the maximum is the default capacity of ten dispatchers';

const REQUESTS_REASON =
  'with 0, an account could not even read its settings; the maximum exceeds what an instance of config-api can serve';

const timeoutSeconds = real(
  [1, 120],
  'seconds',
  'R-006: an endpoint gets at least one second, and a call occupies its slot for two minutes at most',
);
/** Maximum number of retries after the first call. */
const retries = 5;
/** Maximum number of waits in a retry schedule, one before each retry. */
const scheduledRetries = 20;

/** Limits on the numbers in a webhook definition, in REST and in `webhook.definitions`. */
const definitionLimits = {
  timeoutSeconds,
  timeoutMs: whole(
    [timeoutSeconds.min * 1_000, timeoutSeconds.max * 1_000],
    'ms',
    'R-006: timeout_seconds in milliseconds, as in the event',
  ),
  retryMaxAttempts: whole([1, retries], 'retries', 'R-007: retries after the first call'),
  retryScheduleWaits: whole([1, scheduledRetries], 'waits', 'R-025: one for each retry after the first call'),
  retryWaitMs: whole([1, DAY_MS], 'ms', 'R-025: a wait in a retry schedule'),
  retryWaitSeconds: real([0.001, DAY_MS / 1_000], 'seconds', 'R-025: retryWaitMs in seconds, as in REST'),
  statusListChars: whole([1, 200], 'characters', 'R-025: retry_on and success_on are parsed for each call'),
  previewExecutions: whole([1, 20], 'executions', 'ADR 37: each is rendered twice'),
  gracePeriodSeconds: whole(
    [0, 7 * 86_400],
    'seconds',
    'time for which a rotated signing secret still signs; receivers switch over within a week',
  ),
  endpointRatePerSecond: real([0.000_01, 10_000], 'calls per second', RATE_REASON),
};

/** Limits of the numeric account settings, in REST and in `webhook.account-settings`. */
const accountLimits = {
  maxInFlight: whole([1, 10_000], 'calls in flight', SLOTS_REASON),
  maxInFlightPerEndpoint: whole([1, 10_000], 'calls in flight', SLOTS_REASON),
  ratePerSecond: real([0.000_01, 10_000], 'calls per second', RATE_REASON),
  burst: whole(
    [1, 100_000],
    'calls',
    'R-017: with 0, no call would start; the maximum is ten seconds at the highest rate',
  ),
};

/** Limits of account quotas, in REST, `webhook.account-settings` and the environment (R-023, ADR 19, ADR 27). */
const quotaLimits = {
  maxActions: whole([0, 1_000_000], 'actions', 'each dispatcher keeps the definitions of all accounts'),
  maxDefinitionBytes: whole([0, 16_384 * MIB], 'bytes', 'the same reason as for the number of actions'),
  maxCancellations: whole(
    [0, 10_000_000],
    'cancellations',
    'each takes up to 200 bytes of memory in every dispatcher',
  ),
  maxApiKeys: whole([0, 10_000], 'keys', 'more than a team can keep track of'),
  apiRequestsPerSecond: whole([1, 10_000], 'requests per second', REQUESTS_REASON),
  definitionChangesPerSecond: whole([1, 10_000], 'changes per second', REQUESTS_REASON),
  executionsPerSecond: whole([1, 10_000], 'executions per second', REQUESTS_REASON),
  maxStoredBytesPerDay: whole(
    [0, 1_024 * 1_024 * 1_024 * MIB],
    'bytes',
    'an Avro long; the maximum is more than a Kafka cluster keeps',
  ),
};

/**
 * Limits of the numbers in requests and attempts, in REST, the SDK, `webhook.requested`, `webhook.delayed` and
 * `webhook.due`.
 */
const requestLimits = {
  time: whole(
    [0, 253_402_300_799_999],
    'ms since 1970-01-01T00:00Z',
    'the years 1970 to 9999, which every Avro library, RFC 3339 and Postgres can represent',
  ),
  contextBytes: whole([0, MIB], 'bytes', 'R-014: a context, as UTF-8'),
  jsonDepth: whole(
    [0, 128],
    'levels',
    'contexts and templates; far from the depth at which JSON.stringify overflows the stack',
  ),
  metadataBytes: whole([0, 262_144], 'bytes', 'copied to the completed event, whose size is bounded too'),
  retries: whole([0, retries], 'retries', 'R-007: retries after the first call; 0 for none'),
  retryBaseMs: whole([1, HOUR_MS], 'ms', 'R-007: the first wait; the waits after it grow up to 24 h'),
  retryFactor: real([1, 10], 'times the previous wait', 'R-007: waits never shrink'),
  attempt: whole(
    [1, 2 * (scheduledRetries + 1)],
    'attempts',
    'R-025: the first call and its retries, each of which may be sent a second time (ADR 22)',
  ),
  deferrals: whole(
    [0, 2 ** 31 - 1],
    'deferrals',
    'an Avro int; counted by dispatchers, never set by a caller',
  ),
  aheadMs: whole([0, 7 * DAY_MS], 'ms', 'docs/design/events.md: notBefore after the request was accepted'),
  lifeMs: whole([0, 7 * DAY_MS], 'ms', 'R-007: expiresAt after the time of the first call'),
  pageSize: whole([1, 100], 'entries', 'a page is built in memory'),
  analyticsGroups: whole([1, 20], 'groups', 'each has its own series in the response'),
  bulkItems: whole([1, 1_000], 'items', 'requests for executions in one body'),
  replayRatePerSecond: whole(
    [1, 1_000],
    'executions per second',
    'a job leaves room for the other work of its account',
  ),
  replayItems: whole([1, 1_000_000], 'executions', 'each item of a job is a row'),
  cancelledAtOnce: whole([1, 10_000], 'executions', 'a cancellation by filter ends within seconds'),
  responseStatus: whole(
    [100, 999],
    'HTTP status',
    'three digits; some servers send 999, which RFC 9110 does not define',
  ),
  waitSeconds: whole([0, 60], 'seconds', 'RFC 7240: how long a caller may wait for an outcome'),
};

/** Lifetime of an execution without `expiresAt`, counted from the requested time of its first call. */
export const DEFAULT_LIFE_MS = 72 * HOUR_MS;

/** Limits of the numbers that dispatchers store in Redis, except times, to which the limit `time` applies. */
const stateLimits = {
  stateCount: whole([0, Number.MAX_SAFE_INTEGER], 'calls, versions or epochs', 'counted exactly'),
};

/** Limits of the numbers in environment variables. */
const settingLimits = {
  baseWaitMs: whole(
    [1, 60_000],
    'ms',
    'R-007: 5 s in production; the waits of the lanes, up to 6,561 times that, fit a timer',
  ),
  partitions: whole([1, 10_000], 'partitions', 'more than a single Kafka cluster handles well'),
  replication: whole(
    [1, 100],
    'replicas',
    'at most one on each broker; the maximum exceeds the brokers of a usual cluster',
  ),
  historyDays: whole([1, 3_650], 'days', 'each history table has one partition per day'),
  auditDays: whole([1, 3_650], 'days', 'ten years, the longest that laws commonly require'),
  dispatcherMaxInFlight: whole(
    [1, 100_000],
    'calls in flight',
    'R-015: sockets that one dispatcher can have open',
  ),
  maxUnfinished: whole([8, 1_000_000], 'records', 'kept in memory, most of them undecoded (ADR 21)'),
  maxOpen: whole([1, 1_000_000], 'records', 'kept in memory, decoded (ADR 21)'),
  maxUnfinishedBytes: whole([MIB, 64 * 1_024 * MIB], 'bytes', 'kept in memory; at least one record fits'),
  definitionCacheBytes: whole(
    [MIB, 64 * 1_024 * MIB],
    'bytes',
    'kept in memory, decoded and compiled (ADR 19)',
  ),
  evaluationThreads: whole(
    [1, 64],
    'threads',
    'the maximum exceeds the cores that a usual machine can spare',
  ),
  idempotencyWindowMs: whole([0, DAY_MS], 'ms', 'the verdicts of this period are kept in memory'),
  databaseConnections: whole([1, 1_000], 'connections', 'more than a single Postgres handles well'),
  batchRecords: whole([1, 100_000], 'records', 'kept in memory and written in one transaction'),
  batchBytes: whole([1, 1_024 * MIB], 'bytes', 'kept in memory and written in one transaction'),
  lingerMs: whole([0, 60_000], 'ms', 'history is at most a minute behind'),
  analyticsEveryMs: whole([100, 600_000], 'ms', 'each time, Postgres reads the whole minute again'),
};

export const LIMITS = {
  ...definitionLimits,
  ...accountLimits,
  ...quotaLimits,
  ...requestLimits,
  ...stateLimits,
  ...settingLimits,
} as const satisfies Record<string, Limit>;

/** Checks whether a value is a number in the range; false for NaN, Infinity and anything that is not a number. */
export function isWithin(limit: Limit, value: unknown): value is number {
  if (typeof value !== 'number' || !(value >= limit.min && value <= limit.max)) return false;
  return !limit.whole || Number.isSafeInteger(value);
}

/** Returns the number in the range that is closest to a value; the minimum for NaN. */
export function nearestWithin(limit: Limit, value: number): number {
  if (Number.isNaN(value)) return limit.min;
  const inside = Math.min(Math.max(value, limit.min), limit.max);
  return limit.whole ? Math.round(inside) : inside;
}

/** Returns the range in words: "a whole number from 1 to 5". */
export function rangeText({ min, max, whole }: Pick<Limit, 'min' | 'max' | 'whole'>): string {
  return `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`;
}

/** Returns null for a number in range, else an error text: "must be a whole number from 1 to 5 (retries), not 6". */
export function limitProblem(limit: Limit, value: unknown): string | null {
  if (isWithin(limit, value)) return null;
  return `must be ${rangeText(limit)} (${limit.unit}), not ${String(value)}`;
}

/** A field with its limit and its value; the value is null or undefined if an optional field is omitted. */
export type BoundedField = readonly [name: string, limit: Limit, value: number | null | undefined];

/**
 * Returns null if all fields are in range, else an error text that begins with the name of the first field outside its
 * range.
 */
export function firstLimitProblem(fields: readonly BoundedField[]): string | null {
  for (const [name, limit, value] of fields) {
    const problem = value === null || value === undefined ? null : limitProblem(limit, value);
    if (problem !== null) return `${name} ${problem}`;
  }
  return null;
}

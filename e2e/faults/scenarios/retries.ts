import type { Execution, Ledger } from '../checker/ledger.ts';
import { median, percentile } from '../figures/percentile.ts';
import { requestBatch } from '../load/batch.ts';
import { stumblesOf } from '../receiver/behaviours.ts';
import type { Course, Measured, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const EXECUTIONS: Record<Size, number> = { short: 500, default: 10_000, full: 50_000 };
const RATE_PER_SECOND = 110;
/** Time allowed after the last request; covers its three waits, the other open executions and a slow machine. */
const DEADLINE_MS = 180_000;

/** Maximum number of records for one retry: one each in `webhook.delayed` and `webhook.due`, and two in lanes. */
const MAX_RECORDS_PER_RETRY = 4;
const MAX_LATE_MS = 1_000;

/**
 * Executions that fail once, twice or three times, with the waits used in production: 5, 15 and 45 s. No fault is
 * injected; `recoveryMs` runs from the last request until all executions have their outcome.
 */
export const retries: Scenario = {
  name: 'retries',
  dispatchers: 1,
  accounts: 48,
  mix: { stumbling: 1 },
  baseWaitMs: 5_000,
  play: playRetries,
};

async function playRetries(world: World): Promise<Course> {
  const executions = EXECUTIONS[world.setting.size];
  const batch = await requestBatch(world, { executions, ratePerSecond: RATE_PER_SECOND });
  const requestedAt = Date.now();
  await batch.ended(DEADLINE_MS);
  return { recoveryMs: Date.now() - requestedAt, measure: measureRetries };
}

/** Computes the figures of the retries. Pure. */
export function measureRetries({ executions }: Pick<Ledger, 'executions'>): Measured {
  const retries = executions.flatMap(retriesOf);
  const lateMs = retries.flatMap((retry) => retry.lateMs);
  const records = retries.map((retry) => retry.records);
  const inexact = executions.filter((execution) => !isExact(execution)).length;
  const figures = {
    retries: retries.length,
    recordsPerRetry: records.reduce((sum, count) => sum + count, 0) / records.length,
    maxRecordsPerRetry: Math.max(...records),
    lateMedianMs: median(lateMs),
    lateP99Ms: percentile(lateMs, 0.99),
    lateMaxMs: percentile(lateMs, 1),
  };
  const broken: string[] = [];
  if (inexact > 0) broken.push(`retries: ${inexact} executions whose attempts do not match their failures`);
  if (figures.maxRecordsPerRetry > MAX_RECORDS_PER_RETRY)
    broken.push(
      `retries: ${figures.maxRecordsPerRetry} records for one retry instead of at most ${MAX_RECORDS_PER_RETRY}`,
    );
  if (!(figures.lateP99Ms < MAX_LATE_MS))
    broken.push(`retries: ${figures.lateP99Ms} ms late (p99) instead of under ${MAX_LATE_MS} ms`);
  return { figures, broken };
}

/** Returns for each retry the number of its records, and how late it arrived at the endpoint. */
function retriesOf({ delayed, lanes, due, calls }: Execution): { records: number; lateMs: number[] }[] {
  const attempts = new Set(delayed.map(({ attempt }) => attempt));
  return [...attempts].map((attempt) => {
    const records = [...delayed, ...lanes, ...due].filter((record) => record.attempt === attempt);
    const dueAt = delayed.findLast((record) => record.attempt === attempt)?.dueAt ?? NaN;
    const call = calls.find((call) => call.attempt === attempt);
    return { records: records.length, lateMs: call ? [call.startedAt - dueAt] : [] };
  });
}

/**
 * Whether an execution has one call and one recorded attempt for each failure and for the success, numbered from 1 in
 * order, and its outcome is a success.
 */
function isExact({ executionId, calls, attempts, outcomes }: Execution): boolean {
  const numbers = Array.from({ length: stumblesOf(executionId) + 1 }, (_, i) => i + 1).join();
  const [outcome] = outcomes;
  return (
    calls.map(({ attempt }) => attempt).join() === numbers &&
    attempts.map(({ attempt }) => attempt).join() === numbers &&
    outcome?.status === 'success'
  );
}

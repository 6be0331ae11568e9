import { readMeasures } from '@hookline/shared/analytics/measures';
import { LEVEL_MS, type RollupKey, TOTAL_SET } from '@hookline/shared/analytics/rollup-key';
import type { Usage, UsageQuery } from '@hookline/shared/contracts/rest/webhook-analytics';
import { ProblemError } from '../http/problem-error.ts';
import type { Rollups } from './pg-rollups.ts';

export interface ReadUsage {
  /** @throws ProblemError 400 if the range is empty or longer than 400 days */
  (accountId: string, query: UsageQuery): Promise<Usage>;
}

const DEFAULT_DAYS = 30;
const MAX_DAYS = 400;
const NO_KEY: RollupKey = { workflow: null, action: null, endpoint: null };

/** Builds the function that reads an account's daily usage from the rollup of history. */
export function createReadUsage({ rollups, now }: { rollups: Rollups; now: () => number }): ReadUsage {
  return async (accountId, query) => {
    const lastAt = startOfDay(query.to === undefined ? now() : Date.parse(query.to));
    const firstAt =
      query.from === undefined
        ? lastAt - (DEFAULT_DAYS - 1) * LEVEL_MS.day
        : startOfDay(Date.parse(query.from));
    const days = (lastAt - firstAt) / LEVEL_MS.day + 1;
    if (days < 1 || days > MAX_DAYS) throw invalidDays();
    const range = { fromAt: firstAt, toAt: lastAt + LEVEL_MS.day, interval: 'day' as const };
    const points = await rollups.one({ accountId, set: TOTAL_SET, key: NO_KEY }, range);
    const byDay = new Map(points.map(({ at, measures }) => [at, readMeasures(measures)]));
    const data = Array.from({ length: days }, (_, index) => {
      const at = firstAt + index * LEVEL_MS.day;
      const used = byDay.get(at);
      return {
        day: new Date(at).toISOString().slice(0, 10),
        executions: used?.executions ?? 0,
        attempts: used?.attempts ?? 0,
        stored_bytes: used?.storedBytes ?? 0,
      };
    });
    return { data };
  };
}

function startOfDay(at: number): number {
  return at - (((at % LEVEL_MS.day) + LEVEL_MS.day) % LEVEL_MS.day);
}

function invalidDays(): ProblemError {
  return new ProblemError(400, 'invalid_request', 'The days are invalid', {
    errors: [{ field: 'from', message: `must be the day of to, or at most ${MAX_DAYS - 1} days before it` }],
  });
}

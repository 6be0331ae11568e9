import { type Measures, noMeasures } from '@hookline/shared/analytics/measures';
import type { TimedMeasures } from './figures.ts';

/** Returns what is known about executions and attempts with one error class: their numbers. */
export function ofErrorType({ errors }: Measures, errorType: string): Measures {
  const found = errors.get(errorType);
  const only = noMeasures();
  if (!found) return only;
  only.failed = found.failed;
  only.cancelled = found.cancelled;
  only.executions = found.failed + found.cancelled;
  only.attempts = found.attempts;
  only.errors.set(errorType, found);
  return only;
}

/** Splits points by error class. What has none is in no group, so it belongs to the rest. */
export function classesOf(points: readonly TimedMeasures[]): { key: string; points: TimedMeasures[] }[] {
  const names = new Set(points.flatMap(({ measures }) => [...measures.errors.keys()]));
  return [...names].map((key) => ({
    key,
    points: points.map(({ at, measures }) => ({ at, measures: ofErrorType(measures, key) })),
  }));
}

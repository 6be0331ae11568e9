import { type Measures, noMeasures } from '@hookline/shared/analytics/measures';
import { mapPoints, type Points, sumOf } from './figures.ts';

/** Returns what is known about executions and attempts with one error class: their numbers. */
function ofErrorType({ errors }: Measures, errorType: string): Measures {
  const found = errors.get(errorType);
  const only = noMeasures();
  if (!found) return only;
  only.failed = found.failed;
  only.cancelled = found.cancelled;
  only.executions = found.failed + found.cancelled;
  only.attempts = found.attempts;
  only.errors.set(errorType, { ...found });
  return only;
}

/** Restricts points to one error class; to none if it is undefined. */
export function restrictTo(errorType: string | undefined, points: Points): Points {
  return errorType === undefined ? points : mapPoints(points, (measures) => ofErrorType(measures, errorType));
}

/** Splits points by error class. What has none is in no group, so it belongs to the rest. */
export function byErrorType(points: Points): Map<string, Points> {
  return new Map([...sumOf(points).errors.keys()].map((name) => [name, restrictTo(name, points)]));
}

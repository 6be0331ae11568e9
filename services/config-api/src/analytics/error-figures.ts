import { type Measures, noMeasures } from '@hookline/shared/analytics/measures';
import { mapPoints, type Points, sumOf } from './figures.ts';

/** Returns the measures of one error class. Only the numbers of executions and attempts are stored per class. */
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

/** Restricts points to one error class; returns them unchanged if `errorType` is undefined. */
export function restrictTo(errorType: string | undefined, points: Points): Points {
  return errorType === undefined ? points : mapPoints(points, (measures) => ofErrorType(measures, errorType));
}

/**
 * Splits points by error class. Executions without an error class are in no group, so `largestGroups` counts them in
 * the rest.
 */
export function byErrorType(points: Points): Map<string, Points> {
  return new Map([...sumOf(points).errors.keys()].map((name) => [name, restrictTo(name, points)]));
}

import { type Measures, noMeasures } from '@hookline/shared/analytics/measures';

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

/** Restricts points, by their start, to one error class; to none if it is undefined. */
export function restrictTo(
  errorType: string | undefined,
  points: ReadonlyMap<number, Measures>,
): ReadonlyMap<number, Measures> {
  if (errorType === undefined) return points;
  return new Map([...points].map(([at, measures]) => [at, ofErrorType(measures, errorType)]));
}

/** Splits points by error class. What has none is in no group, so it belongs to the rest. */
export function byErrorType(
  points: ReadonlyMap<number, Measures>,
): Map<string, ReadonlyMap<number, Measures>> {
  const names = new Set([...points.values()].flatMap(({ errors }) => [...errors.keys()]));
  return new Map([...names].map((name) => [name, restrictTo(name, points)]));
}

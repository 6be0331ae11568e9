import type { FaultPointName } from './fault-point-catalogue.ts';

/** Replaces fault-points.ts in builds. Does nothing, whatever the environment contains. */
export function faultPoint(_name: FaultPointName): void {
  // Empty on purpose.
}

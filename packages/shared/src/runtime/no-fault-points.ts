import type { FaultPointName } from './fault-point-catalogue.ts';

/** What a build has in the place of fault-points.ts: nothing, whatever the environment says. */
export function faultPoint(_name: FaultPointName): void {
  // Empty on purpose.
}

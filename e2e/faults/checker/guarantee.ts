import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { Disturbance } from './disturbances.ts';
import type { Ledger } from './ledger.ts';

/** Evidence that a guarantee is checked against. */
export interface Evidence {
  ledger: Ledger;
  /** Periods in which work on a partition may have been repeated because of a kill, freeze, hand-over or outage. */
  disturbances: readonly Disturbance[];
}

/** One observation that contradicts a guarantee. */
export interface Finding {
  /** Observed behaviour, with figures if there are any, and the required behaviour if it is not obvious. */
  what: string;
  execution?: ExecutionIdentity;
}

/** One of the guarantees (docs/design/delivery-guarantees.md) and the check that finds its violations. Pure. */
export interface Guarantee {
  name: string;
  /** Statement of the guarantee in one sentence. */
  promise: string;
  /** Yields everything in the history that violates the guarantee. */
  check(evidence: Evidence): Iterable<Finding>;
}

/** Creates a finding about an execution. */
export function about({ accountId, executionId }: ExecutionIdentity, what: string): Finding {
  return { what, execution: { accountId, executionId } };
}

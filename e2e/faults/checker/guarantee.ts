import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { Disturbance } from './disturbances.ts';
import type { Ledger } from './ledger.ts';

/** What a guarantee is judged by. */
export interface Evidence {
  ledger: Ledger;
  /** Kills and hand-overs, by partition. */
  disturbances: readonly Disturbance[];
}

/** Something that must not have happened. */
export interface Finding {
  /** What was seen, against what was promised, with the numbers of both. */
  what: string;
  execution?: ExecutionIdentity;
}

/** One of the guarantees (docs/design/delivery-guarantees.md), and how a history can break it. Pure. */
export interface Guarantee {
  name: string;
  /** The promise in one sentence. */
  promise: string;
  /** Every place where the history breaks it. */
  check(evidence: Evidence): Iterable<Finding>;
}

/** A finding about an execution. */
export function about({ accountId, executionId }: ExecutionIdentity, what: string): Finding {
  return { what, execution: { accountId, executionId } };
}

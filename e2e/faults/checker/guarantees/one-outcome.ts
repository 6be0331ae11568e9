import { about, type Finding, type Guarantee } from '../guarantee.ts';
import { type Execution, isAccepted } from '../ledger.ts';

export const oneOutcome: Guarantee = {
  name: 'one outcome',
  promise: 'every accepted execution, and nothing else, ends in an outcome',
  *check({ ledger: { executions } }): Generator<Finding> {
    for (const execution of executions) {
      const { outcomes, calls } = execution;
      if (isLost(execution))
        yield about(execution, `lost: it was accepted and has no outcome${whereabouts(execution)}`);
      if (isAccepted(execution)) continue;
      if (outcomes.length > 0) yield about(execution, 'has an outcome, but was never requested');
      if (calls.length > 0) yield about(execution, 'was called, but never requested');
    }
  },
};

/** Describes the last wait of a lost execution, because the history may simply end too early. */
function whereabouts({ delayed }: Execution): string {
  const last = delayed.at(-1);
  return last ? `; attempt ${last.attempt} was due at ${last.dueAt}` : '';
}

/** Whether an execution was accepted and has no outcome at the end of the history. */
export function isLost(execution: Execution): boolean {
  return isAccepted(execution) && execution.outcomes.length === 0;
}

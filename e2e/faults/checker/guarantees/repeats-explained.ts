import { isExplained } from '../disturbances.ts';
import { about, type Finding, type Guarantee } from '../guarantee.ts';
import type { Execution, Ledger } from '../ledger.ts';

export const repeatsExplained: Guarantee = {
  name: 'repeats explained',
  promise: 'a call, an attempt or an outcome is repeated only if it was in flight at a kill or a hand-over',
  *check({ ledger, disturbances }): Generator<Finding> {
    for (const execution of ledger.executions) {
      for (const { what, attempt, secondAt } of repeatsOf(execution)) {
        if (!isExplained(execution, attempt, secondAt, disturbances)) {
          yield about(execution, `${what} of attempt ${attempt} was repeated at ${secondAt} without a cause`);
        }
      }
    }
    const inFlight = disturbances.reduce((sum, disturbance) => sum + disturbance.inFlight, 0);
    for (const [what, count] of Object.entries(countRepeats(ledger))) {
      if (count > inFlight) yield { what: `${count} ${what}, but only ${inFlight} in flight` };
    }
  },
};

export interface Repeats {
  duplicateCalls: number;
  duplicateCompleted: number;
}

/** Counts repeated calls of an attempt and repeated outcomes of an execution, not counting the first of each. */
export function countRepeats({ executions }: Pick<Ledger, 'executions'>): Repeats {
  let duplicateCalls = 0;
  let duplicateCompleted = 0;
  for (const { calls, outcomes } of executions) {
    duplicateCalls += calls.length - new Set(calls.map(({ attempt }) => attempt)).size;
    duplicateCompleted += Math.max(0, outcomes.length - 1);
  }
  return { duplicateCalls, duplicateCompleted };
}

interface Repeat {
  what: string;
  attempt: number;
  secondAt: number;
}

function* repeatsOf({ calls, attempts, outcomes }: Execution): Generator<Repeat> {
  const called = new Set<number>();
  for (const { attempt, startedAt } of calls) {
    if (called.has(attempt)) yield { what: 'the call', attempt, secondAt: startedAt };
    called.add(attempt);
  }
  const recorded = new Set<number>();
  for (const { attempt, at } of attempts) {
    if (recorded.has(attempt)) yield { what: 'the record', attempt, secondAt: at };
    recorded.add(attempt);
  }
  const [first, ...others] = outcomes;
  for (const { at } of first ? others : []) {
    yield { what: 'the outcome', attempt: Math.max(1, first?.attempts ?? 1), secondAt: at };
  }
}

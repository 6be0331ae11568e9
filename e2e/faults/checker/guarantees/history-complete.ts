import { about, type Finding, type Guarantee } from '../guarantee.ts';
import { type Execution, isAccepted } from '../ledger.ts';

export const historyComplete: Guarantee = {
  name: 'history complete',
  promise: 'every execution and every attempt has one row, which says what the topics say',
  *check({ ledger: { executions } }): Generator<Finding> {
    for (const execution of executions) {
      yield* rowFindings(execution);
      yield* attemptFindings(execution);
    }
  },
};

function* rowFindings(execution: Execution): Generator<Finding> {
  const { rows, outcomes, requested } = execution;
  const [row, ...others] = rows;
  const [outcome] = outcomes;
  if (!isAccepted(execution)) {
    if (row) yield about(execution, 'has a row, and nobody asked for it');
    return;
  }
  if (!row) {
    yield about(execution, 'has no row');
    return;
  }
  if (others.length > 0) yield about(execution, `has ${rows.length} rows`);
  if (requested[0] && row.acceptedAt !== requested[0].at) {
    yield about(execution, `its row is of ${row.acceptedAt}, it was accepted at ${requested[0].at}`);
  }
  if (!outcome) return;
  if (row.status !== outcome.status || row.attempts !== outcome.attempts) {
    const said = `${row.status} after ${row.attempts} attempts`;
    yield about(execution, `its row says ${said}, its outcome ${outcome.status} after ${outcome.attempts}`);
  }
}

function* attemptFindings(execution: Execution): Generator<Finding> {
  const rows = Map.groupBy(execution.attemptRows, ({ attempt }) => attempt);
  const recorded = new Map<number, string>();
  // Of several records of one number the first counts.
  for (const { attempt, status } of execution.attempts)
    if (!recorded.has(attempt)) recorded.set(attempt, status);
  for (const [attempt, status] of recorded) {
    const found = rows.get(attempt) ?? [];
    if (found.length !== 1) yield about(execution, `attempt ${attempt} has ${found.length} rows`);
    else if (found[0]?.status !== status)
      yield about(execution, `the row of attempt ${attempt} says ${found[0]?.status}, its record ${status}`);
  }
  for (const attempt of rows.keys()) {
    if (!recorded.has(attempt)) yield about(execution, `attempt ${attempt} has a row and no record`);
  }
}

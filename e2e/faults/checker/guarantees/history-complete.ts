import { about, type Finding, type Guarantee } from '../guarantee.ts';
import { type Execution, isAccepted } from '../ledger.ts';

export const historyComplete: Guarantee = {
  name: 'history complete',
  promise: 'every execution and every attempt has exactly one row, which agrees with the topics',
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
    if (row) yield about(execution, 'has a row, but was never requested');
    return;
  }
  if (!row) {
    yield about(execution, 'has no row');
    return;
  }
  if (others.length > 0) yield about(execution, `has ${rows.length} rows`);
  if (requested[0] && row.acceptedAt !== requested[0].at) {
    yield about(execution, `its row was accepted at ${row.acceptedAt}, its request at ${requested[0].at}`);
  }
  if (!outcome) return;
  if (row.status !== outcome.status || row.attempts !== outcome.attempts) {
    const rowState = `${row.status} after ${row.attempts} attempts`;
    yield about(
      execution,
      `its row has status ${rowState}, its outcome ${outcome.status} after ${outcome.attempts}`,
    );
  }
}

function* attemptFindings(execution: Execution): Generator<Finding> {
  const rows = Map.groupBy(execution.attemptRows, ({ attempt }) => attempt);
  const recorded = new Map<number, string>();
  // If an attempt has several records, its row must match the first record.
  for (const { attempt, status } of execution.attempts)
    if (!recorded.has(attempt)) recorded.set(attempt, status);
  for (const [attempt, status] of recorded) {
    const found = rows.get(attempt) ?? [];
    if (found.length !== 1) yield about(execution, `attempt ${attempt} has ${found.length} rows`);
    else if (found[0]?.status !== status)
      yield about(
        execution,
        `the row of attempt ${attempt} has status ${found[0]?.status}, its record ${status}`,
      );
  }
  for (const attempt of rows.keys()) {
    if (!recorded.has(attempt)) yield about(execution, `attempt ${attempt} has a row but no record`);
  }
}

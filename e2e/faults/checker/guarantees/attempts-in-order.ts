import { isExplained } from '../disturbances.ts';
import { about, type Finding, type Guarantee } from '../guarantee.ts';

export const attemptsInOrder: Guarantee = {
  name: 'attempts in order',
  promise: 'attempt numbers run 1, 2, 3 without gaps, up to the number in the outcome and the retry limit',
  *check({ ledger: { executions, settings }, disturbances }): Generator<Finding> {
    for (const execution of executions) {
      const { attempts, calls, outcomes } = execution;
      const recorded = [...new Set(attempts.map(({ attempt }) => attempt))];
      const inOrder = recorded.every((attempt, i) => attempt === i + 1);
      if (!inOrder) yield about(execution, `its attempts were recorded as ${recorded.join(', ')}`);
      const maxAttempts = settings.maxRetries + 1;
      if (recorded.length > maxAttempts)
        yield about(execution, `${recorded.length} attempts instead of at most ${maxAttempts}`);
      for (const attempt of new Set(calls.map((call) => call.attempt))) {
        if (!recorded.includes(attempt))
          yield about(execution, `attempt ${attempt} was called but not recorded`);
      }
      const [outcome] = outcomes;
      if (!outcome || outcome.attempts === recorded.length) continue;
      // A late success published by an earlier owner may arrive while the next attempt is being made.
      const overtaken = attempts.find(({ attempt }) => attempt === outcome.attempts + 1);
      if (overtaken && isExplained(execution, outcome.attempts, overtaken.at, disturbances)) continue;
      yield about(
        execution,
        `its outcome counts ${outcome.attempts} attempts, but ${recorded.length} were recorded`,
      );
    }
  },
};

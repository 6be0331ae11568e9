import { isExplained } from '../disturbances.ts';
import { about, type Finding, type Guarantee } from '../guarantee.ts';

export const nothingAfterSuccess: Guarantee = {
  name: 'nothing after success',
  promise: 'no call starts after a recorded success, except for calls in flight at a hand-over',
  *check({ ledger: { executions, settings }, disturbances }): Generator<Finding> {
    for (const execution of executions) {
      const success = execution.outcomes.find(({ status }) => status === 'success');
      if (!success) continue;
      for (const { attempt, startedAt } of execution.calls) {
        if (startedAt <= success.at + settings.toleranceMs) continue;
        if (isExplained(execution, success.attempts, startedAt, disturbances)) continue;
        yield about(
          execution,
          `attempt ${attempt} was called at ${startedAt}, ${startedAt - success.at} ms after its success`,
        );
      }
    }
  },
};

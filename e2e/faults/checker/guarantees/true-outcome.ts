import { about, type Finding, type Guarantee } from '../guarantee.ts';

export const trueOutcome: Guarantee = {
  name: 'true outcome',
  promise: 'the endpoint returned a 2xx for every success and for no error',
  *check({ ledger: { executions } }): Generator<Finding> {
    for (const execution of executions) {
      const [outcome] = execution.outcomes;
      if (!outcome) continue;
      const answers = execution.calls.filter(({ attempt }) => attempt === outcome.attempts);
      const accepted = answers.filter(({ status }) => status !== null && status >= 200 && status < 300);
      if (outcome.status === 'success' && accepted.length === 0) {
        const statuses = answers.map(({ status }) => status ?? 'no response').join(', ') || 'no call';
        yield about(
          execution,
          `success at attempt ${outcome.attempts}, but the endpoint recorded ${statuses}`,
        );
      }
      if (outcome.status === 'error' && answers.length > 0 && accepted.length === answers.length) {
        yield about(execution, `error at attempt ${outcome.attempts}, but the endpoint recorded 2xx`);
      }
    }
  },
};

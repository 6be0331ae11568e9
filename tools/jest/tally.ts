import type { AggregatedResult } from '@jest/test-result';

/** Counts of a run; each test counts as one, and so does each file that could not be run. */
export interface Tally {
  passed: number;
  failed: number;
}

type Counted = Pick<
  AggregatedResult,
  | 'numPassedTests'
  | 'numFailedTests'
  | 'numRuntimeErrorTestSuites'
  | 'success'
  | 'testResults'
  | 'runExecError'
>;

/**
 * Counts the results of a run. A run that failed without a failed test (a coverage threshold, an error in Jest) counts
 * as one failure, so that it never looks like a success.
 * @param results undefined if Jest ended without results
 * @param options.failOnSkip whether a skipped test counts as a failure
 */
export function tally(results: Counted | undefined, options: { failOnSkip: boolean }): Tally {
  if (results === undefined) return { passed: 0, failed: 1 };
  const skipped = options.failOnSkip ? skippedTests(results).length : 0;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + skipped;
  const failedOtherwise = !results.success || results.runExecError !== undefined;
  return { passed: results.numPassedTests, failed: failed === 0 && failedOtherwise ? 1 : failed };
}

/** Returns the tests that their own file skips. Do not call it for a run with `-t`, which skips tests as well. */
export function skippedTests(
  results: Pick<Counted, 'testResults'> | undefined,
): { name: string; file: string }[] {
  return (results?.testResults ?? []).flatMap(({ testFilePath: file, testResults }) =>
    testResults.filter(({ status }) => status === 'pending').map(({ fullName: name }) => ({ name, file })),
  );
}

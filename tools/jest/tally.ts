import type { AggregatedResult } from '@jest/test-result';

/** Counts of a run; each test is one, and so is each file that could not be run. */
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
 * Counts a run. One that failed although no test did (a coverage threshold, an error of Jest) has one failure, so that
 * it never looks like a success.
 * @param results undefined if Jest ended before it had any
 * @param options.failOnSkip whether a skipped test counts as a failure
 */
export function tally(results: Counted | undefined, options: { failOnSkip: boolean }): Tally {
  if (results === undefined) return { passed: 0, failed: 1 };
  const skipped = options.failOnSkip ? skippedTests(results).length : 0;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + skipped;
  const failedOtherwise = !results.success || results.runExecError !== undefined;
  return { passed: results.numPassedTests, failed: failed === 0 && failedOtherwise ? 1 : failed };
}

/** The tests that were skipped by their own file; those that `-t` left out are not meant. */
export function skippedTests(
  results: Pick<Counted, 'testResults'> | undefined,
): { name: string; file: string }[] {
  return (results?.testResults ?? []).flatMap(({ testFilePath: file, testResults }) =>
    testResults.filter(({ status }) => status === 'pending').map(({ fullName: name }) => ({ name, file })),
  );
}

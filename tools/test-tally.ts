/** Counts of a test run: each test is one, and so is each other step of the gate. */
export interface Tally {
  passed: number;
  failed: number;
}

/** The part of Jest's JSON results that is counted. */
export interface JestResults {
  numPassedTests: number;
  numFailedTests: number;
  /** Files that could not be run at all; none of their tests is counted elsewhere. */
  numRuntimeErrorTestSuites: number;
}

/**
 * What a Jest run adds to the tally. A run that fails although every test passed (a crash, an open coverage
 * threshold that is counted by itself) must not look like a success.
 * @param results undefined if Jest ended before it wrote any
 * @param excused whether something that is counted elsewhere explains the failing exit code
 */
export function tallyJest(results: JestResults | undefined, exitedWell: boolean, excused: boolean): Tally {
  if (results === undefined) return { passed: 0, failed: 1 };
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const unexplained = !exitedWell && failed === 0 && !excused;
  return { passed: results.numPassedTests, failed: failed + (unexplained ? 1 : 0) };
}

export function addTallies(tallies: Tally[]): Tally {
  return tallies.reduce(
    (sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }),
    { passed: 0, failed: 0 },
  );
}

import { describe, expect, it } from '@jest/globals';
import type { AggregatedResult } from '@jest/test-result';
import { skippedTests, tally } from './tally.ts';

const results = {
  numPassedTests: 7,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  success: true,
  testResults: [],
};

const withSkips = {
  ...results,
  testResults: [
    {
      testFilePath: '/root/a.test.ts',
      testResults: [
        { fullName: 'a runs', status: 'passed' },
        { fullName: 'a waits', status: 'pending' },
      ],
    },
  ] as AggregatedResult['testResults'],
};

describe('the tally of a run', () => {
  it.each([
    { name: 'passed tests', run: results, expected: { passed: 7, failed: 0 } },
    {
      name: 'failed tests',
      run: { ...results, numFailedTests: 2, success: false },
      expected: { passed: 7, failed: 2 },
    },
    {
      name: 'files that do not run',
      run: { ...results, numRuntimeErrorTestSuites: 1, success: false },
      expected: { passed: 7, failed: 1 },
    },
    {
      name: 'a failure without a failed test',
      run: { ...results, success: false },
      expected: { passed: 7, failed: 1 },
    },
    {
      name: 'a run that was aborted',
      run: { ...results, runExecError: { message: 'x', stack: '' } },
      expected: { passed: 7, failed: 1 },
    },
    { name: 'a run without results', run: undefined, expected: { passed: 0, failed: 1 } },
    {
      name: 'skipped tests as neither passed nor failed',
      run: withSkips,
      expected: { passed: 7, failed: 0 },
    },
  ])('counts $name', ({ run, expected }) => {
    expect(tally(run, { failOnSkip: false })).toEqual(expected);
  });

  it('counts a skipped test as failed if failOnSkip is set', () => {
    expect(tally(withSkips, { failOnSkip: true })).toEqual({ passed: 7, failed: 1 });
  });
});

it('skippedTests returns skipped tests with their files', () => {
  expect(skippedTests(withSkips)).toEqual([{ name: 'a waits', file: '/root/a.test.ts' }]);
});

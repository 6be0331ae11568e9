import { describe, expect, test } from '@jest/globals';
import { addTallies, tallyJest } from './test-tally.ts';

const results = { numPassedTests: 7, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };

describe('tallyJest', () => {
  test.each([
    { name: 'tests', jest: results, exitedWell: true, expected: { passed: 7, failed: 0 } },
    {
      name: 'failed tests',
      jest: { ...results, numFailedTests: 2 },
      exitedWell: false,
      expected: { passed: 7, failed: 2 },
    },
    {
      name: 'files that do not run',
      jest: { ...results, numRuntimeErrorTestSuites: 1 },
      exitedWell: false,
      expected: { passed: 7, failed: 1 },
    },
    {
      name: 'a failure that no test explains',
      jest: results,
      exitedWell: false,
      expected: { passed: 7, failed: 1 },
    },
    { name: 'a run without results', jest: undefined, exitedWell: true, expected: { passed: 0, failed: 1 } },
  ])('counts $name', ({ jest, exitedWell, expected }) => {
    expect(tallyJest(jest, exitedWell, false)).toEqual(expected);
  });

  test('does not count again what is counted elsewhere', () => {
    expect(tallyJest(results, false, true)).toEqual({ passed: 7, failed: 0 });
  });
});

test('addTallies adds up', () => {
  const tallies = [
    { passed: 1, failed: 0 },
    { passed: 2, failed: 3 },
  ];
  expect(addTallies(tallies)).toEqual({ passed: 3, failed: 3 });
});

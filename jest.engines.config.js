import base from './jest.config.js';

/**
 * `npm run test:engines`: suites against programs of others, which install their own tools: engines in other languages,
 * API conformance. A skipped test fails the run, since it means that a tool is missing.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  testMatch: ['<rootDir>/e2e/interop/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  reporters: ['default', ['<rootDir>/tools/jest/tally-reporter.ts', { failOnSkip: true }]],
};

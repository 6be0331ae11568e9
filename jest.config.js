/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{packages,services,apps,examples,tools,e2e,bench}/**/*.test.ts'],
  // e2e/interop needs the tools of others: see jest.engines.config.js.
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/e2e/interop/'],
  modulePathIgnorePatterns: ['/dist/'],
  // Plain Node processes that strip the types themselves: nothing is transformed, nothing runs in a sandbox.
  runner: '<rootDir>/tools/jest/runner.ts',
  transform: {},
  testSequencer: '<rootDir>/tools/jest/longest-first.ts',
  // The last line of every run is `N passed, N failed`.
  reporters: [
    'default',
    ['<rootDir>/tools/jest/tally-reporter.ts', { failOnSkip: process.env.HOOKLINE_SKIPS === 'fail' }],
  ],
  // One stack per run, started when the first test asks for it.
  globalSetup: '<rootDir>/packages/testkit/src/jest-global-setup.ts',
  globalTeardown: '<rootDir>/packages/testkit/src/jest-global-teardown.ts',
  // Only detects hangs, on a machine of a third of the usual speed too.
  testTimeout: 300_000,
  // Most suites wait for something, a killed member's session above all: three times the cores keep two of them busy.
  // The runner starts further suites only while the processors have time to spare.
  maxWorkers: 6,
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'json-summary', 'lcovonly'],
  collectCoverageFrom: [
    '<rootDir>/{packages,services}/*/src/**/*.ts',
    // Measures production code; the testkit is test code.
    '!<rootDir>/packages/testkit/**',
    // Generated types, of which nothing is left at run time.
    '!<rootDir>/packages/client/src/schema.ts',
    '!**/*.test.ts',
  ],
  coverageThreshold: { global: { lines: 85 } },
};

import base from './jest.config.js';

/**
 * `npm run test:browser`: suites in headless Chromium. A missing browser fails them, with the way to get it.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  testMatch: ['<rootDir>/e2e/browser/**/*.browser.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  reporters: ['default', ['<rootDir>/tools/jest/tally-reporter.ts', { failOnSkip: true }]],
  // The suites share a browser and a running Hookline; more at once would only wait for each other.
  maxWorkers: 1,
};

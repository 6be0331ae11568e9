/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{packages,services,examples,tools,e2e,bench}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Workspace packages resolve to their TypeScript sources, so tests need no build.
  testEnvironmentOptions: { customExportConditions: ['hookline-source', 'node', 'node-addons'] },
  // One stack per run, started when the first test asks for it.
  globalSetup: '<rootDir>/packages/testkit/src/jest-global-setup.ts',
  globalTeardown: '<rootDir>/packages/testkit/src/jest-global-teardown.ts',
  testTimeout: 60_000,
  // Most tests wait for something: two workers more than cores keep both busy.
  maxWorkers: 4,
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'json-summary', 'lcovonly'],
  collectCoverageFrom: [
    '<rootDir>/{packages,services}/*/src/**/*.ts',
    // Measures production code; the testkit is test code.
    '!<rootDir>/packages/testkit/**',
    '!**/*.test.ts',
  ],
  coverageThreshold: { global: { lines: 85 } },
};

import { defineConfig } from 'oxlint';

/** The only places that may import each I/O library (ARCHITECTURE.md, Dependency rules). */
const DOORS = {
  kafkajs: 'packages/shared/src/kafka/{client,topics,publish,consume}/**',
  undici: 'packages/{destination-guard,webhook-call}/src/**',
  avsc: 'packages/shared/src/contracts/{avro-types,event-codec,resolve-schema}.ts',
  typeorm: '{packages/database/src,services/config-api/src/persistence}/**',
  ioredis: '{packages/shared/src/runtime/redis-*,services/*/src/{**/redis-*,compose}}.ts',
  pg: '{packages/database/src/**,packages/workflow-sdk/src/pg-*,{services,examples}/*/src/{**/pg-*,compose}.ts}',
};
type Door = keyof typeof DOORS;

const byPath = {
  group: ['**/services/**', '**/packages/**'],
  message: 'Import another package by its name, never by a path.',
};
const services = {
  group: ['config-api', 'dispatcher', 'retry-scheduler', 'log-ingestor'].map((name) => `@hookline/${name}/*`),
  message: 'Services must not be imported by other services or by packages.',
};
const testkit = { group: ['@hookline/testkit/*'], message: 'Import the testkit only in tests.' };

/**
 * Builds the import rule that permits the libraries in `open`. Each override contains the whole rule, because only the
 * last override that matches a file applies.
 */
function imports(open: Door[], patterns: object[]) {
  const closed = (Object.keys(DOORS) as Door[]).filter((name) => !open.includes(name));
  const paths = closed.map((name) => ({ name, message: `Import ${name} only in ${DOORS[name]}.` }));
  return { 'eslint/no-restricted-imports': ['error', { paths, patterns }] } as const;
}

const production = [byPath, services, testkit];

/** Stages of a record's life in the dispatcher. No stage imports another: `process-record.ts` calls them in order. */
const STAGES = [
  'backlog',
  'intake',
  'idempotency',
  'quota',
  'gate',
  'admission',
  'call',
  'outcome',
  'settle',
];

function stageOverride(stage: string) {
  const others = STAGES.filter((other) => other !== stage);
  const group = {
    regex: `^(\\.\\./)+(${others.join('|')})/`,
    message:
      'A stage of the dispatcher must not import another stage; process-record.ts calls them in order.',
  };
  return {
    files: [`services/dispatcher/src/${stage}/**/*.ts`],
    rules: imports([], [...production, group]),
  };
}
const everyDoor = Object.keys(DOORS) as Door[];

export default defineConfig({
  plugins: [
    'eslint',
    'typescript',
    'import',
    'unicorn',
    'oxc',
    'promise',
    'node',
    'jest',
    'react',
    'jsx-a11y',
  ],
  categories: { correctness: 'error', suspicious: 'error' },
  env: { node: true, es2024: true },
  // `schema.ts` is generated.
  ignorePatterns: ['**/dist', 'coverage', 'packages/client/src/schema.ts'],
  rules: {
    'eslint/max-lines': ['error', { max: 350 }],
    'eslint/max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    'eslint/max-params': ['error', { max: 4 }],
    'eslint/no-console': 'error',
    'eslint/no-empty': 'error',
    'eslint/no-restricted-globals': [
      'error',
      {
        name: 'fetch',
        message: 'Make HTTP calls with undici.request behind the guard (packages/webhook-call).',
      },
    ],
    'import/no-cycle': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'eslint/no-underscore-dangle': ['error', { allow: ['_read', '_skip'] }],
    // Loops await in order to run steps in sequence; parallel work uses Promise.all.
    'eslint/no-await-in-loop': 'off',
    'eslint/no-shadow': 'off',
    // The JSX transform imports what it needs.
    'react/react-in-jsx-scope': 'off',
    // A list that draws only the rows in view cannot be a <table>, and not every screen reader supports <output>.
    'jsx-a11y/prefer-tag-over-role': 'off',
    // A region that scrolls has to be reachable by keyboard.
    'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: [], roles: ['region'] }],
    // The rule reports the virtualiser, which is used as its manual describes.
    'react/incompatible-library': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'promise/always-return': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/no-array-sort': 'off',
    ...imports([], production),
  },
  overrides: [
    { files: [DOORS.kafkajs], rules: imports(['kafkajs'], production) },
    { files: [DOORS.avsc], rules: imports(['avsc'], production) },
    { files: [DOORS.undici], rules: imports(['undici'], production) },
    { files: ['packages/database/src/**'], rules: imports(['pg', 'typeorm'], production) },
    { files: ['services/config-api/src/persistence/**'], rules: imports(['typeorm'], production) },
    {
      files: [
        'packages/workflow-sdk/src/pg-*.ts',
        '{services,examples}/*/src/**/pg-*.ts',
        'examples/*/src/compose.ts',
      ],
      rules: imports(['pg'], production),
    },
    {
      files: ['packages/shared/src/runtime/redis-*.ts', 'services/*/src/**/redis-*.ts'],
      rules: imports(['ioredis'], production),
    },
    { files: ['services/*/src/compose.ts'], rules: imports(['pg', 'ioredis'], production) },
    ...STAGES.map(stageOverride),
    {
      // Code that tests of services share is in `testing/`, which the builds omit.
      files: [
        'packages/testkit/**',
        'services/*/src/testing/**',
        '**/*.test.ts',
        'e2e/**',
        'bench/**',
        'tools/**',
      ],
      rules: {
        'eslint/max-lines': ['error', { max: 500 }],
        'eslint/max-lines-per-function': 'off',
        'eslint/no-restricted-globals': 'off',
        ...imports(everyDoor, [byPath]),
      },
    },
    {
      // In browsers, styles are imported for their side effect, and components are mostly markup.
      files: ['apps/**'],
      rules: {
        'import/no-unassigned-import': ['error', { allow: ['**/*.css', '**/history-state.ts'] }],
        'eslint/max-lines-per-function': ['error', { max: 100, skipBlankLines: true, skipComments: true }],
        ...imports([], [services, testkit]),
      },
    },
    // Pages import their styles.
    { files: ['apps/*/src/**/*.tsx'], rules: { 'import/no-unassigned-import': 'off' } },
    // Only these files of the console call its own origin with fetch.
    {
      files: ['apps/console/src/{api/api,session/session}.ts', 'apps/console/src/portal/portal-gate.tsx'],
      rules: { 'eslint/no-restricted-globals': 'off' },
    },
    // May fetch without the guard, because the operator chooses the identity provider (ADR 48).
    {
      files: ['services/config-api/src/console/oidc/bounded-fetch.ts'],
      rules: { 'eslint/no-restricted-globals': 'off' },
    },
    // A catalogue of texts is one table, however long.
    { files: ['apps/*/src/texts.ts'], rules: { 'eslint/max-lines': 'off' } },
    // Programs for engine authors to copy, which share no code with Hookline.
    { files: ['examples/engines/**'], rules: imports(['avsc', 'kafkajs'], production) },
    { files: ['bench/**', 'tools/**'], rules: { 'eslint/no-console': 'off' } },
  ],
});

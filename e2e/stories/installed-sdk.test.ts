import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { isolatedDatabase } from '@hookline/testkit/isolated-database';
import { installSdk, readmePrograms, type SdkProject } from '../support/installed-sdk.ts';
import { shareStory } from '../support/story.ts';

/** The SDK as an engine author gets it: from its tarball, in a project that contains nothing else of Hookline. */
let project: SdkProject;

beforeAll(async () => {
  project = await installSdk(['pg', '@types/pg', '@types/node']);
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
});

it('the SDK needs no package of the repository, pins its dependencies, and has no sources or tests', () => {
  const { dependencies } = project.manifest;
  expect(Object.keys(dependencies).filter((name) => name.startsWith('@hookline/'))).toEqual([]);
  expect(Object.values(dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  expect(project.files.filter((file) => file.startsWith('src/') || file.includes('.test.'))).toEqual([]);
});

it('the SDK can be imported from every entry', async () => {
  const entries = Object.keys(project.manifest.exports).map(
    (entry) => project.manifest.name + entry.slice(1),
  );
  const imports = entries.map((entry) => `await import(${JSON.stringify(entry)});`);
  await project.write('imports.js', `${imports.join('\n')}\nconsole.log('imported');`);
  expect((await project.node(['imports.js'])).stdout.trim()).toBe('imported');
  expect(entries.length).toBeGreaterThan(5);
});

it('the program in the README runs against a running Hookline', async () => {
  const story = await shareStory({ scripts: { '/hook': [{ body: { id: 'ext_123' } }] } });
  await using database = await isolatedDatabase();
  const actionId = await story.account.createAction({
    method: 'POST',
    url: `${story.receiver.url}/hook`,
    payload_template: '{"email":"{{contact.email}}"}',
    response_mapping: { external_id: '$.id' },
  });
  const [program = ''] = await readmePrograms();
  await project.write('engine.ts', program);
  await project.typecheck('engine.ts');
  const { topics } = story.hookline;
  const env = {
    KAFKA_BROKERS: topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    DATABASE_URL: database.databaseUrl,
    ACCOUNT_ID: story.account.id,
    ACTION_ID: actionId,
  };
  const { stdout } = await project.node(['--no-warnings', 'engine.ts'], env);
  expect(stdout).toContain("kind: 'outcome'");
  expect(stdout).toContain("status: 'success'");
  const pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'sdk-test', maxConnections: 1 },
  );
  const { rows } = await pool.query('SELECT name, value FROM contact_fields');
  await pool.end();
  expect(rows).toEqual([{ name: 'external_id', value: 'ext_123' }]);
  // Repeats the same run, as after a crash: the outcome is already stored, so nothing is called or written twice.
  await project.node(['--no-warnings', 'engine.ts'], env);
  expect(story.receiver.seen.filter(({ path }) => path === '/hook')).toHaveLength(1);
  await story.stop();
});

it('the test in the README runs with the fake', async () => {
  const [, test = ''] = await readmePrograms();
  const step = `const step = {
    accountId: 'a', workflowId: 'w', actionId: 'x', workflowExecutionId: 'r', stepId: 'notify', iteration: 0, context: {},
  };\n`;
  const [imports = '', ...rest] = test.split('\n\n');
  const end = `\nawait webhooks.stop();\nconsole.log(JSON.stringify(result));`;
  await project.write('engine-test.ts', `${imports}\n${step}${rest.join('\n\n')}${end}`);
  await project.typecheck('engine-test.ts');
  const { stdout } = await project.node(['--no-warnings', 'engine-test.ts']);
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'outcome',
    outcome: { status: 'success', mappedFields: [{ name: 'external_id', value: 'ext_123' }] },
  });
});

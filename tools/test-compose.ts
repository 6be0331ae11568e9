import { randomBytes } from 'node:crypto';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { createLogger } from '@hookline/shared/runtime/logger';
import { freePort } from '@hookline/testkit/stack/free-port';
import { runProgram } from './run-program.ts';
import { StoppedBySignal, stopSignal } from './stop-signal.ts';

/**
 * `npm run test:compose`: tests docker-compose.yml, beginning and ending with an empty state. Uses a separate project
 * name and separate ports, so that a Hookline running on this machine is not affected. Without a Docker engine or its
 * compose plugin, reports that and passes.
 */

const UP_DEADLINE_S = 180;
const STORES = ['kafka', 'postgres', 'redis'];
const EVERYTHING = [
  'config-api',
  'dispatcher',
  'kafka',
  'log-ingestor',
  'postgres',
  'redis',
  'retry-scheduler',
];

const print = (line: string): void => console.log(line);

/** The compose project of this run. */
interface Project {
  name: string;
  kafkaPort: number;
  /**
   * Runs a command of `docker compose`.
   * @returns the output of the command
   * @throws Error with the output if the command fails
   */
  compose(args: string[], signal: AbortSignal): Promise<string>;
}

async function main(signal: AbortSignal): Promise<void> {
  const missing = await whatIsMissing(signal);
  if (missing !== undefined) return print(`skipped: ${missing}`);
  const project = await newProject();
  const compose = async (...args: string[]): Promise<string> => project.compose(args, signal);
  try {
    await timed('images built', async () => compose('--profile=all', '--profile=demo', 'build'));
    await timed('docker compose up --wait: everything healthy', async () => {
      await compose('up', '--wait', `--wait-timeout=${UP_DEADLINE_S}`);
      assertSame(await healthyServices(project, signal), EVERYTHING);
    });
    await timed('the demo passes', async () => {
      const output = await compose('run', '--rm', '--use-aliases', '--no-TTY', 'demo');
      if (!output.includes('5. The execution')) throw new Error(`the demo did not complete:\n${output}`);
    });
    await timed('down and up again: only the stores, with their data', async () => {
      await compose('down');
      await compose('--profile=stores', 'up', '--wait', `--wait-timeout=${UP_DEADLINE_S}`);
      assertSame(await healthyServices(project, signal), STORES);
      await assertTopicKept(project.kafkaPort);
    });
  } catch (error) {
    if (!signal.aborted) print(await project.compose(['logs', '--no-color', '--tail=30'], signal));
    throw error;
  } finally {
    await timed('everything is removed', async () => removeAll(project));
  }
}

async function whatIsMissing(signal: AbortSignal): Promise<string | undefined> {
  const works = async (...args: string[]): Promise<boolean> =>
    runProgram('docker', args, { signal, output: 'keep' }).then(
      ({ ok }) => ok,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
  if (!(await works('version'))) return 'no Docker engine responds';
  if (!(await works('compose', 'version'))) return 'the Docker client has no compose plugin';
  return undefined;
}

async function newProject(): Promise<Project> {
  const name = `hookline-test-${randomBytes(4).toString('hex')}`;
  const [api, kafka, postgres, redis] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const env = {
    COMPOSE_PROJECT_NAME: name,
    HOOKLINE_API_PORT: String(api),
    KAFKA_PORT: String(kafka),
    POSTGRES_PORT: String(postgres),
    REDIS_PORT: String(redis),
  };
  return {
    name,
    kafkaPort: kafka,
    async compose(args, signal) {
      const { ok, output } = await runProgram('docker', ['compose', '--ansi=never', ...args], {
        signal,
        output: 'keep',
        env,
      });
      if (!ok) throw new Error(`docker compose ${args.join(' ')} failed:\n${output}`);
      return output;
    },
  };
}

async function healthyServices(project: Project, signal: AbortSignal): Promise<string[]> {
  const lines = await project.compose(['ps', '--all', '--format={{.Service}} {{.Health}}'], signal);
  return lines
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string])
    .map(([service, health]) => (health === 'healthy' ? service : `${service} (${health})`))
    .sort();
}

function assertSame(found: string[], wanted: string[]): void {
  if (found.join() === wanted.join()) return;
  throw new Error(`expected these healthy services: ${wanted.join(', ')}; found: ${found.join(', ')}`);
}

/**
 * Checks that Kafka still has the topic webhook.requested, and that a client on this machine reaches the broker through
 * its published port.
 */
async function assertTopicKept(kafkaPort: number): Promise<void> {
  const client = createKafkaClient(
    { logger: createLogger('test-compose', 'fatal') },
    { brokers: [`127.0.0.1:${kafkaPort}`], clientId: 'hookline-test', prefix: '', partitions: 12 },
  );
  const admin = client.kafka.admin();
  await admin.connect();
  const topics = await admin.listTopics().finally(() => void admin.disconnect());
  if (!topics.includes('webhook.requested'))
    throw new Error(`Kafka has lost webhook.requested; it has these topics: ${topics.join(', ')}`);
}

/** Removes everything; Ctrl-C does not interrupt the removal. */
async function removeAll(project: Project): Promise<void> {
  const { signal } = new AbortController();
  await project.compose(
    ['--profile=*', 'down', '--volumes', '--remove-orphans', '--rmi=local', '--timeout=5'],
    signal,
  );
  const filter = `--filter=label=com.docker.compose.project=${project.name}`;
  for (const kind of ['container', 'volume', 'network', 'image']) {
    const all = kind === 'container' ? ['--all'] : [];
    const { output } = await runProgram('docker', [kind, 'ls', '--quiet', ...all, filter], {
      signal,
      output: 'keep',
    });
    if (output !== '') throw new Error(`${project.name} still has a ${kind}: ${output}`);
  }
}

async function timed(what: string, step: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  try {
    await step();
  } catch (error) {
    print(`✗ ${what}`);
    throw error;
  }
  print(`✓ ${what} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
}

try {
  await main(stopSignal());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof StoppedBySignal ? error.exitCode : 1;
}

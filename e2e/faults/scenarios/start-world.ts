import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { allTopics } from '@hookline/shared/contracts/topics';
import { createKafkaClient, type KafkaClient, topicName } from '@hookline/shared/kafka/client/kafka-client';
import { ensureTopics } from '@hookline/shared/kafka/topics/topic-admin';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { createLogger } from '@hookline/shared/runtime/logger';
import { anAccountSettings } from '@hookline/testkit/builders';
import { serviceSettings } from '@hookline/tools/service-settings';
import { Client } from 'pg';
import type { HistoryEvent } from '../checker/history-event.ts';
import { HistoryFile } from '../history/history-file.ts';
import { startEngine } from '../load/engine.ts';
import { createTargetGroups } from '../load/target-groups.ts';
import { createTargets, type Targets } from '../load/targets.ts';
import { startReceiverProcess, type ReceiverProcess } from '../receiver/receiver.ts';
import { createRandom } from '../seeded-random.ts';
import { createFleet } from '../processes/fleet.ts';
import { startGateTo } from '../stores/tcp-gate.ts';
import type { Scenario } from './scenario.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;
const PARTITIONS = 6;
/** A tenth of the wait in production, so that even the longest series of retries takes only about a minute. */
const BASE_WAIT_MS = 500;
const MAX_RETRIES = 5;

/** Starts the services of a scenario; resolves once all are ready and have read the definitions of the load. */
export async function startWorld(setting: Setting, scenario: Scenario): Promise<World> {
  await using resources = new AsyncDisposableStack();
  const workDir = join(setting.workDir, scenario.name);
  await mkdir(workDir, { recursive: true });
  const history = new HistoryFile(join(workDir, 'history.ndjson'));
  resources.defer(() => history.close());
  const note = (event: HistoryEvent): void => history.write(event);

  const client = await createTopics(setting);
  resources.defer(() => deleteTopics(client));
  const database = await createDatabase(setting.stack.databaseUrl);
  resources.defer(() => database.drop());
  const receiver = resources.use(await startReceiverProcess(join(workDir, 'calls.ndjson')));
  const postgres = await startGateTo(database.url);
  const redis = await startGateTo(setting.stack.redisUrl);
  resources.use(postgres.gate);
  resources.use(redis.gate);
  const fleet = createFleet({
    env: servicesEnv(setting, scenario, {
      client,
      receiver,
      databaseUrl: postgres.url,
      redisUrl: redis.url,
    }),
    logDir: workDir,
    note,
  });
  const engine = resources.use(await startEngine({ client }, note));
  resources.defer(() => fleet.stopAll());
  const targets = targetsOf(scenario, receiver.address);
  notePromises(note, scenario, targets);
  const settings = targets.accountIds.map((accountId) =>
    anAccountSettings({ accountId, ...scenario.limits }),
  );
  await engine.configure(targets.definitions, settings);
  const dispatchers = Array.from({ length: scenario.dispatchers }, (_, i) => `dispatcher-${i + 1}`);
  const release = scenario.startsFromPrevious ? setting.previous?.root : undefined;
  const places = ['retry-scheduler', 'log-ingestor', ...dispatchers];
  await Promise.all(places.map((place) => fleet.start(place, release === undefined ? {} : { release })));

  const parts = resources.move();
  return {
    setting,
    faultRandom: createRandom(setting.seed),
    loadRandom: createRandom(setting.seed + 1),
    fleet,
    engine,
    targets,
    receiver,
    client,
    postgres: postgres.gate,
    redis: redis.gate,
    redisUrl: setting.stack.redisUrl,
    databaseUrl: database.url,
    history,
    note,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function targetsOf(scenario: Scenario, address: string): Targets {
  const options = { address, maxRetries: MAX_RETRIES };
  return 'groups' in scenario
    ? createTargetGroups({ ...scenario, ...options })
    : createTargets({ ...scenario, ...options });
}

function servicesEnv(
  { stack, quorum }: Setting,
  scenario: Scenario,
  place: { client: KafkaClient; receiver: ReceiverProcess; databaseUrl: string; redisUrl: string },
): Record<string, string> {
  const { client, receiver, databaseUrl, redisUrl } = place;
  const names = { HOOKLINE_TOPIC_PREFIX: client.prefix, HOOKLINE_PARTITIONS: String(client.partitions) };
  return {
    ...serviceSettings(names, { ...stack, databaseUrl, redisUrl }, receiver.address),
    HOOKLINE_BASE_WAIT_MS: String(scenario.baseWaitMs ?? BASE_WAIT_MS),
    HOOKLINE_REPLICATION: String(quorum?.length ?? 1),
    ...scenario.env,
  };
}

function notePromises(
  note: (event: HistoryEvent) => void,
  { limits, baseWaitMs = BASE_WAIT_MS }: Scenario,
  { accountIds }: Targets,
): void {
  note({
    kind: 'settings',
    baseWaitMs,
    waitFactor: 3,
    maxRetries: MAX_RETRIES,
    accountInFlight: 100,
    endpointInFlight: 10,
    toleranceMs: 5,
  });
  if (!limits) return;
  for (const accountId of accountIds) {
    const { maxInFlight: inFlight, maxInFlightPerEndpoint: endpointInFlight } = limits;
    note({ kind: 'account-limits', accountId, inFlight, endpointInFlight, rate: null });
  }
}

/** Creates the topics of a scenario, with a prefix of their own. */
async function createTopics({ stack, quorum }: Setting): Promise<KafkaClient> {
  const names = {
    brokers: stack.kafkaBrokers,
    prefix: `faults-${randomBytes(4).toString('hex')}.`,
    partitions: PARTITIONS,
  };
  // These runs break Kafka on purpose, so its errors are not logged; errors that matter are thrown or recorded in the
  // history.
  const logger = createLogger('faults', 'fatal');
  const replication = quorum?.length ?? 1;
  await ensureTopics({ ...names, replication, historyRetentionMs: 30 * DAY_MS, logger });
  return createKafkaClient({ logger }, { ...names, clientId: 'faults' });
}

async function deleteTopics(client: KafkaClient): Promise<void> {
  const topics = allTopics().map((spec) => topicName(client, spec));
  await withAdmin(client, (admin) => admin.deleteTopics({ topics }));
}

async function createDatabase(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `faults_${randomBytes(4).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Kafka, Postgres and Redis as a provider runs them: TLS, logins, permissions. Every kind of authentication that the
 * settings offer is tried on a real broker; then all services run together, each with the minimal rights that
 * docs/operations/managed-stores.md lists.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { deadLetterId } from '@hookline/shared/contracts/dead-letter-id';
import { REDRIVE_TOPICS } from '@hookline/shared/contracts/redrive-topics';
import { delayLanes, TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import type { Acl } from '@hookline/testkit/minimal-acls';
import { minimalAcls } from '@hookline/testkit/minimal-acls';
import { type ServiceName, SERVICE_ACCESS } from '@hookline/shared/deployment/service-access';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { type PemFiles, pemFiles } from '@hookline/testkit/pem-files';
import { startReceiver, type Receiver } from '@hookline/testkit/receiver';
import { guideRedisUser } from '@hookline/testkit/operations-guide';
import {
  type RunningSecuredKafka,
  startSecuredKafka,
  startSecuredPostgres,
  startSecuredRedis,
  whyNoSecuredKafka,
  whyNoSecuredRedis,
} from '@hookline/testkit/stack/start-secured';
import { topicProbe, type TopicProbe } from '@hookline/testkit/topic-probe';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { grant, readAudit, wasNeeded } from '../support/acl-audit.ts';
import type { Account } from '../support/api.ts';
import { createStoryEngine, type StoryEngine } from '../support/engine.ts';
import { type ExampleEngine, startExampleEngine } from '../support/example-engine.ts';
import { createGuideDatabase, runAsSuperuser } from '../support/guide-database.ts';
import { definitionsOf } from '../support/hookline.ts';
import { kafkaClientFrom, roundTrip, prepareTopicsAs } from '../support/kafka-entrance.ts';
import {
  kafkaLogin,
  managedEnv,
  type ManagedHookline,
  type ManagedStores,
  PARTITIONS,
  startManagedHookline,
} from '../support/managed-hookline.ts';

const SERVICES = Object.keys(SERVICE_ACCESS) as ServiceName[];
/** User with which each kind of authentication is tried. */
const ALICE = { name: 'alice', password: 'alice-secret' };
/** User that may create topics with a prefix. */
const CAROL = { name: 'carol', password: 'carol-secret' };
/** User without any rights. */
const BOB = { name: 'bob', password: 'bob-secret' };

let pem: PemFiles;
let kafka: RunningSecuredKafka;
let open: Record<string, string>;

const skipReason = whyNoSecuredKafka() ?? (await whyNoSecuredRedis());
const story = skipReason === undefined ? describe : describe.skip;

beforeAll(async () => {
  if (skipReason !== undefined) return;
  pem = await pemFiles();
  kafka = await startSecuredKafka({
    server: pem.server,
    clientCa: pem.client.cert,
    users: [ALICE, BOB, CAROL, ...SERVICES.map(kafkaLogin)],
    auditFile: join(pem.dir, 'audit.log'),
  });
  open = { KAFKA_BROKERS: kafka.brokers.open, HOOKLINE_PARTITIONS: String(PARTITIONS) };
  await prepareTopicsAs(open);
});

afterAll(async () => {
  await kafka?.stop();
  await pem?.[Symbol.asyncDispose]();
});

story(`Kafka${skipReason === undefined ? '' : ` (skipped: ${skipReason})`}`, () => {
  const tls = (): Record<string, string> => ({ ...open, KAFKA_TLS: 'true', KAFKA_CA_FILE: pem.caFile });
  const login = (mechanism: string, { name, password } = ALICE): Record<string, string> => ({
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_USERNAME: name,
    KAFKA_PASSWORD: password,
  });
  const at = (listener: keyof RunningSecuredKafka['brokers']): Record<string, string> => ({
    KAFKA_BROKERS: kafka.brokers[listener],
  });

  beforeAll(async () => {
    const any: Pick<Acl, 'name' | 'pattern'> = { name: '', pattern: 'prefixed' };
    const acls: Acl[] = [
      { resource: 'topic', ...any, name: 'webhook.', operation: 'Read' },
      { resource: 'topic', ...any, name: 'webhook.', operation: 'Write' },
      { resource: 'group', ...any, name: 'hookline.round-trip-', operation: 'Read' },
    ];
    await withAdmin(kafkaClientFrom(open), async (admin) => {
      for (const user of [ALICE.name, 'CN=engine']) await grant(admin, user, acls);
    });
  });

  it.each<[string, () => Record<string, string>]>([
    ['TLS', () => ({ ...tls(), ...at('tls') })],
    [
      'TLS with a client certificate',
      () => ({
        ...tls(),
        ...at('mutualTls'),
        KAFKA_CERT_FILE: pem.clientCertFile,
        KAFKA_KEY_FILE: pem.clientKeyFile,
      }),
    ],
    ['SASL PLAIN', () => ({ ...tls(), ...at('saslTls'), ...login('plain') })],
    ['SASL SCRAM-SHA-256', () => ({ ...tls(), ...at('saslTls'), ...login('scram-sha-256') })],
    ['SASL SCRAM-SHA-512', () => ({ ...tls(), ...at('saslTls'), ...login('scram-sha-512') })],
    ['SASL SCRAM-SHA-512 without TLS', () => ({ ...open, ...at('sasl'), ...login('SCRAM-SHA-512') })],
  ])('accepts a record and returns it over %s', async (_, env) => {
    expect(await roundTrip(env())).toBe('hello');
  });

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])('rejects a wrong password with %s', async (name) => {
    const wrong = login(name, { ...ALICE, password: 'wrong' });
    const preparing = prepareTopicsAs({ ...tls(), ...at('saslTls'), ...wrong });
    await expect(preparing).rejects.toThrow(/^Kafka refuses the login .* KAFKA_USERNAME and KAFKA_PASSWORD$/);
    await expect(preparing).rejects.not.toThrow('wrong');
  });

  it('reports what to change when TLS fails', async () => {
    const refusals: [Record<string, string>, string | RegExp][] = [
      [{ KAFKA_CA_FILE: pem.otherCaFile, ...at('tls') }, /CA that is not trusted here .* KAFKA_CA_FILE$/],
      [{ KAFKA_CA_FILE: '', ...at('tls') }, /CA that is not trusted here .* KAFKA_CA_FILE$/],
      [
        { KAFKA_BROKERS: kafka.brokers.tls.replace('127.0.0.1', 'localhost') },
        /certificate of Kafka is for another host/,
      ],
      [at('mutualTls'), 'Kafka requires a client certificate from a CA that it trusts'],
      [at('open'), 'KAFKA_TLS or KAFKA_SASL_MECHANISM does not match its listener'],
      [at('saslTls'), 'KAFKA_TLS or KAFKA_SASL_MECHANISM does not match its listener'],
      [
        { ...at('tls'), ...login('plain') },
        'this Kafka listener does not accept SASL authentication: unset KAFKA_SASL_MECHANISM',
      ],
    ];
    await Promise.all(
      refusals.map(([env, message]) =>
        expect(prepareTopicsAs({ ...tls(), ...env })).rejects.toThrow(message),
      ),
    );
    await expect(prepareTopicsAs({ ...open, ...at('tls') })).rejects.toThrow('because KAFKA_TLS');
  });

  it('lets a user create the topics with the rights Create, Describe and DescribeConfigs', async () => {
    const own = { resource: 'topic', name: 'carol.', pattern: 'prefixed' } as const;
    const operations = ['Create', 'Describe', 'DescribeConfigs'] as const;
    const grants = operations.map((operation) => ({ ...own, operation }));
    await withAdmin(kafkaClientFrom(open), (admin) => grant(admin, CAROL.name, grants));
    const carol = { ...tls(), ...at('saslTls'), ...login('plain', CAROL), HOOKLINE_TOPIC_PREFIX: 'carol.' };
    await expect(prepareTopicsAs(carol)).resolves.toBeUndefined();
  });

  it('reports which right a user lacks', async () => {
    const bob = { ...tls(), ...at('saslTls'), ...login('plain', BOB) };
    await expect(prepareTopicsAs(bob)).rejects.toThrow(
      /^this user may not create topics \(webhook\..*\): grant it Create, or .* HOOKLINE_TOPICS=check$/,
    );
    await expect(prepareTopicsAs({ ...bob, HOOKLINE_TOPICS: 'check' })).rejects.toThrow(
      'webhook.requested: does not exist, or this user has no Describe on it; expected partitions=2, cleanup.policy=delete',
    );
    const alice = { ...tls(), ...at('saslTls'), ...login('plain'), HOOKLINE_TOPICS: 'check' };
    await expect(prepareTopicsAs(alice)).rejects.toThrow('grant it DescribeConfigs');
  });
});

story('all services, each with the minimal rights of the operations guide,', () => {
  let receiver: Receiver;
  let postgres: Awaited<ReturnType<typeof startSecuredPostgres>>;
  let redis: Awaited<ReturnType<typeof startSecuredRedis>>;
  let hookline: ManagedHookline;
  let account: Account;
  let engine: ExampleEngine;
  /** A separate producer, and a reader of everything; neither is under test. */
  let outside: StoryEngine;
  let probe: TopicProbe;

  beforeAll(async () => {
    receiver = await startReceiver();
    const { name, password, rules } = guideRedisUser();
    [postgres, redis] = await Promise.all([
      startSecuredPostgres({ server: pem.server, superuserPassword: randomUUID() }),
      startSecuredRedis({ server: pem.server, users: [`${name} on >${password} ${rules}`] }),
    ]);
    const superuser = { ...postgres, ca: pem.server.cert };
    const database = { port: postgres.port, ...(await createGuideDatabase(superuser)) };
    await runAsSuperuser(superuser, 'postgres', `CREATE DATABASE engine OWNER ${database.owner.name}`);
    await withAdmin(kafkaClientFrom(open), async (admin) => {
      for (const service of SERVICES) {
        await grant(admin, service, minimalAcls(SERVICE_ACCESS[service], ''));
      }
    });
    const place: ManagedStores = {
      brokers: kafka.brokers.saslTls,
      caFile: pem.caFile,
      redis: `127.0.0.1:${redis.port}`,
      destination: receiver.address,
      database,
    };
    const client = kafkaClientFrom(open);
    probe = await topicProbe({ client });
    hookline = await startManagedHookline(place, definitionsOf(probe));
    account = await hookline.api.account();
    const env = managedEnv(
      { ...place, database: { ...database, name: 'engine' } },
      'workflow-engine',
      database.owner,
    );
    engine = await startExampleEngine({
      topics: { brokers: [place.brokers], prefix: '', partitions: PARTITIONS },
      databaseUrl: env['DATABASE_URL'] ?? '',
      env,
    });
    outside = await createStoryEngine({ client });
  });

  afterAll(async () => {
    await outside?.stop();
    await probe?.stop();
    await engine?.kill();
    await hookline?.stop();
    await postgres?.stop();
    await redis?.stop();
    await receiver?.stop();
  });

  const beginRun = async (actionId: string): Promise<string> => {
    const contactId = randomUUID();
    await engine.send('PUT', `/contacts/${contactId}`, { email: 'jane@example.com', custom_fields: {} });
    const steps = [{ id: 'notify', type: 'webhook', action_id: actionId }];
    return engine.begin({
      account_id: account.id,
      contact_id: contactId,
      workflow: { id: 'welcome', steps },
    });
  };
  const action = (path: string): Promise<string> =>
    account.createAction({
      url: `${receiver.url}${path}`,
      method: 'POST',
      payload_template: '{}',
      auth_type: 'bearer',
      auth_config: { token: 'a-token' },
    });

  it('carry out a workflow whose webhook is retried, succeeds and is in the history', async () => {
    receiver.script('/flaky', [{ status: 500 }, { status: 200 }]);
    const runId = await beginRun(await action('/flaky'));
    expect(await engine.ended(runId)).toMatchObject({ status: 'completed' });
    const { executionId } = await probe.next('WebhookCompleted', (one) => one.workflowExecutionId === runId);
    expect(await account.execution(executionId, 'success')).toMatchObject({ status: 'success' });
    expect(receiver.seen.filter(({ path }) => path === '/flaky')).toHaveLength(2);
  });

  it('carry out everything else that needs a right', async () => {
    const hanging = await action('/hangs');
    const arrived = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    receiver.script('/hangs', () => {
      arrived.resolve();
      return { after: held.promise, status: 500 };
    });
    const runId = await beginRun(hanging);
    await arrived.promise;
    await engine.send('POST', `/runs/${runId}/cancel`);
    held.resolve();
    await probe.next(
      'WebhookCompleted',
      (one) => one.workflowExecutionId === runId && one.status === 'cancelled',
    );

    const actionId = await action('/fine');
    const { status } = await account.send(
      'POST',
      '/api/v1/webhook-executions',
      { action_id: actionId, context: {} },
      { prefer: 'wait=20' },
    );
    expect(status).toBe(200);
    const { status: saved } = await hookline.api.send('PUT', `/api/v1/accounts/${account.id}/settings`, {
      max_in_flight: 50,
    });
    expect(saved).toBe(200);
    await probe.next('AccountSettings', (one) => one.accountId === account.id && one.maxInFlight === 50);

    // Sends a request to a partition that is not the account's, so that the dispatcher forwards it.
    const home = accountPartition(account.id, PARTITIONS);
    const to = { accountId: account.id, workflowId: 'workflow_1', actionId };
    const misrouted = await outside.request(to, { partition: (home + 1) % PARTITIONS });
    await probe.next('WebhookCompleted', (one) => one.executionId === misrouted.executionId);

    // A pause reaches the dispatcher a moment later; a parked attempt is released when it expires.
    const webhook = `/api/v1/workflows/workflow_1/actions/${actionId}/webhook`;
    await account.send('POST', `${webhook}/pause`);
    do {
      const { executionId } = await outside.request({ ...to, expiresAt: Date.now() + 2_000 });
      await probe.next('WebhookCompleted', (one) => one.executionId === executionId);
    } while (await isEmpty(TOPICS.parked.name));
    await account.send('POST', `${webhook}/resume`);

    // A record whose wait is nearly three times that of a lane passes through that lane. If the record is read late, it
    // may skip the lane, so another record is sent.
    for (const lane of delayLanes(200)) {
      do {
        const notBefore = Date.now() + Math.floor(2.8 * lane.waitMs);
        const { executionId } = await outside.request({ ...to, notBefore });
        if (lane.waitMs < 1_000)
          await probe.next('WebhookCompleted', (one) => one.executionId === executionId);
        else
          await probe.next(
            'AttemptDue',
            ({ request }, { topic }) => request.executionId === executionId && topic !== TOPICS.delayed.name,
          );
      } while (await isEmpty(lane.topic.name));
    }
    // The dispatcher, the retry scheduler and log-ingestor each dead-letter records of topics that no other service
    // processes. An administrator then redrives a dead letter of each topic.
    for (const topic of REDRIVE_TOPICS) {
      await outside.publishBytes(account.id, Buffer.from('no such event'), { topic });
      const letter = await probe.next('DeadLetter', (one) => one.topic === topic.name);
      const path = `/api/v1/dead-letters/${deadLetterId(letter)}`;
      await hookline.api.shown(path, (body) => body['topic'] === topic.name);
      expect((await hookline.api.send('POST', `${path}/redrive`)).status).toBe(202);
    }
    await hookline.restartDispatcher();
    expect(await hookline.rebuild()).toBe(0);
  });

  it('were denied nothing and were granted nothing that they did not need', async () => {
    await engine.stop();
    await hookline.stop();
    const decisions = await readAudit(join(pem.dir, 'audit.log'));
    const found = SERVICES.map((service) => {
      const own = decisions.filter(({ user }) => user === service);
      const denied = own.filter(({ allowed }) => !allowed).map(({ line }) => line);
      const idle = minimalAcls(SERVICE_ACCESS[service], '').filter((acl) => !wasNeeded(acl, own));
      return { service, denied, idle };
    });
    expect(found).toEqual(SERVICES.map((service) => ({ service, denied: [], idle: [] })));
    expect(
      hookline.logs.filter((line) =>
        /"level":(50|60)|Redis is unavailable: (?!Socket timeout|connect ETIMEDOUT)|NOPERM/.test(line),
      ),
    ).toEqual([]);
    expect(hookline.logs).toContainEqual(expect.stringMatching(/"part":"redis".*"msg":"connected"/));
  });
});

/** Returns whether a topic has never contained a record. */
async function isEmpty(topic: string): Promise<boolean> {
  const partitions = await withAdmin(kafkaClientFrom(open), (admin) => admin.fetchTopicOffsets(topic));
  return partitions.every(({ high }) => high === '0');
}

import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { kafkaDeployment } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { readSettings } from '@hookline/shared/runtime/config';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookRequested, SAMPLE_CONTEXT } from '@hookline/testkit/builders';
import type { Receiver } from '@hookline/testkit/receiver';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { topicProbe } from '@hookline/testkit/topic-probe';
import { type DemoApi, demoApi } from './demo-api.ts';
import type { ServiceSettings } from './service-settings.ts';

/** Environment of the demo: a running Hookline, and an endpoint that it may call. */
export interface DemoPlace {
  apiUrl: string;
  receiver: Receiver;
  settings: DemoSettings;
}

/** The settings that the demo needs to reach Kafka and the API. */
export type DemoSettings = Pick<
  ServiceSettings,
  'HOOKLINE_ADMIN_KEY' | 'HOOKLINE_PARTITIONS' | 'HOOKLINE_TOPIC_PREFIX' | 'KAFKA_BROKERS'
>;

export interface DemoOutput {
  print: (line: string) => void;
  /** Whether to print each step in full instead of on one line. */
  verbose: boolean;
}

const { kafka, topics } = commonSettings;
const kafkaPlaceSettings = { kafka, topics: { prefix: topics.prefix, partitions: topics.partitions } };

const WORKFLOW = 'welcome';
const POLL_MS = 100;
const STORED_DEADLINE_MS = 30_000;

/**
 * Follows one execution through Hookline from outside: a webhook action created through REST, a request published to
 * Kafka, the call as the endpoint receives it, the outcome in Kafka and the history in the API.
 * @returns the account that it created, with one of its keys and one of its actions
 * @throws Error if a step fails or the execution does not succeed
 */
export async function runDemo(
  { apiUrl, receiver, settings }: DemoPlace,
  output: DemoOutput,
): Promise<{ accountId: string; apiKey: string; actionId: string }> {
  const { accountId, apiKey } = await makeAccount(demoApi(apiUrl, settings.HOOKLINE_ADMIN_KEY));
  const api = demoApi(apiUrl, apiKey);
  const action = await api.call('POST', `/api/v1/workflows/${WORKFLOW}/actions/webhook`, {
    url: `${receiver.url}/contacts?source={{workflow.id}}`,
    method: 'POST',
    headers: { 'X-Account-ID': '{{account.id}}' },
    payload_template: { contact_email: '{{contact.email}}', event: 'workflow_triggered' },
    auth_type: 'bearer',
    auth_config: { token: 'demo-token' },
    response_mapping: { external_id: '$.data.id' },
  });
  const actionId = String(action['id']);
  show(
    output,
    '1. A webhook action, created through the REST API',
    pick(action, 'id', 'method', 'url'),
    action,
  );

  const client = kafkaClient(settings);
  await using probe = await topicProbe({ client });
  const request = aWebhookRequested({
    accountId,
    actionId,
    workflowId: WORKFLOW,
    context: JSON.stringify({ ...SAMPLE_CONTEXT, account: { id: accountId, name: 'Demo' } }),
    metadata: { origin: 'demo' },
  });
  await publish(client, request);
  const { executionId } = request;
  const published = { ...request, context: JSON.parse(request.context) as unknown };
  show(output, '2. webhook.requested, published to Kafka', { executionId, actionId }, published);

  const [call] = await receiver.requests(1, {
    where: (received) => received.header('webhook-id') === executionId,
  });
  if (call) {
    const received = readable(call);
    show(output, '3. The call, as the endpoint received it', pick(received, 'request', 'body'), received);
  }

  const completed = await probe.next('WebhookCompleted', (event) => event.executionId === executionId);
  const outcome = pick(completed, 'status', 'attempts', 'responseStatus');
  show(output, '4. webhook.completed, read from Kafka', outcome, completed);
  if (completed.status !== 'success') throw new Error(`the demo's execution ended with ${completed.status}`);

  const stored = await storedExecution(api, executionId);
  const history = pick(stored, 'status', 'attempt_count', 'mapped_fields');
  show(output, '5. The execution with its attempts, from the REST API', history, stored);
  return { accountId, apiKey, actionId };
}

async function makeAccount(admin: DemoApi): Promise<{ accountId: string; apiKey: string }> {
  const account = await admin.call('POST', '/api/v1/accounts', { name: 'Demo' });
  const accountId = String(account['id']);
  const scopes = ['read', 'read:bodies', 'write', 'execute'];
  const key = await admin.call('POST', '/api/v1/api-keys', { account_id: accountId, name: 'demo', scopes });
  return { accountId, apiKey: String(key['key']) };
}

function kafkaClient(settings: DemoSettings): KafkaClient {
  const config = readSettings(kafkaPlaceSettings, { ...process.env, ...settings });
  return createKafkaClient(
    { logger: createLogger('demo', 'error') },
    { ...kafkaDeployment(config), clientId: 'hookline-demo' },
  );
}

async function publish(client: KafkaClient, request: WebhookRequested): Promise<void> {
  const publisher = new Publisher({ client, metrics: createMetrics('demo') });
  await publisher.start();
  try {
    await publisher.publish({
      topic: TOPICS.requested,
      accountId: request.accountId,
      key: request.accountId,
      value: encodeEvent('WebhookRequested', request),
    });
  } finally {
    await publisher.stop();
  }
}

/** Polls the API for the stored execution, since the history is written shortly after the outcome. */
async function storedExecution(api: DemoApi, executionId: string): Promise<Record<string, unknown>> {
  const deadline = Date.now() + STORED_DEADLINE_MS;
  for (;;) {
    const found = await api.find(`/api/v1/webhook-executions/${executionId}`);
    if (found?.['status'] === 'success') return found;
    if (Date.now() > deadline) {
      throw new Error(`the history does not show the execution as successful: ${JSON.stringify(found)}`);
    }
    await sleep(POLL_MS);
  }
}

function readable({ method, url, rawHeaders, body }: ReceivedRequest) {
  return { request: `${method} ${url}`, headers: Object.fromEntries(rawHeaders), body: body.toString() };
}

function pick<T extends object, K extends keyof T>(value: T, ...names: K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, value[name]])) as Pick<T, K>;
}

function show({ print, verbose }: DemoOutput, title: string, summary: object, whole: object): void {
  if (!verbose) return print(`${title}: ${JSON.stringify(summary)}`);
  print(`\n${title}`);
  print(JSON.stringify(whole, null, 2).replace(/^/gm, '   '));
}

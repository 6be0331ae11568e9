/**
 * An engine that writes Confluent's wire format. Confluent's registry cannot be installed here; a stand-in serves the
 * one path that is needed, as the documentation of the registry's REST API describes it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { parseSchema } from '@hookline/shared/contracts/avro-types';
import { publishedSchemas } from '@hookline/shared/contracts/schema-catalogue';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { topicName } from '@hookline/shared/kafka/client/kafka-client';
import { aWebhookRequested } from '@hookline/testkit/builders';
import { startStory } from '../support/story.ts';

const SCHEMA = publishedSchemas('WebhookRequested').at(-1) ?? '';

it('a request with a schema id waits while the registry is unreachable, then has an outcome and a history', async () => {
  const requested: string[] = [];
  let isAway = true;
  const wasAsked = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    requested.push(request.url ?? '');
    response.writeHead(isAway ? 503 : 200).end(JSON.stringify(isAway ? {} : { schema: SCHEMA }));
    wasAsked.resolve();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const story = await startStory({ env: { SCHEMA_REGISTRY_URL: `http://127.0.0.1:${port}` } });
  try {
    const { account, hookline, receiver } = story;
    const actionId = await account.createAction({ url: `${receiver.url}/framed`, method: 'POST' });
    const request = aWebhookRequested({ accountId: account.id, workflowId: 'workflow_1', actionId });
    const header = Buffer.from([0, 0, 0, 0, 7]);
    const value = Buffer.concat([header, parseSchema(SCHEMA).toBuffer(request)]);
    const producer = hookline.topics.client.kafka.producer();
    await producer.connect();
    const topic = topicName(hookline.topics.client, TOPICS.requested);
    await producer.send({ topic, messages: [{ key: account.id, value }] });
    await producer.disconnect();

    await wasAsked.promise;
    expect(receiver.seen).toHaveLength(0);
    isAway = false;
    expect(await hookline.outcome(request)).toMatchObject({ status: 'success', attempts: 1 });
    expect(await account.execution(request.executionId, 'success')).toMatchObject({ action_id: actionId });
    expect(new Set(requested)).toEqual(new Set(['/schemas/ids/7']));
    expect(hookline.probe.all('DeadLetter')).toEqual([]);
  } finally {
    await story.stop();
    server.close().closeAllConnections();
  }
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AccountKey, WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { DeadLetters } from '@hookline/shared/dead-letters/dead-letters';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createSchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import { createDataKey, parseKeyring, rewrapDataKey } from '@hookline/credentials/keyring';
import type { SealError } from '@hookline/credentials/seal-error';
import { seal } from '@hookline/credentials/sealed-value';
import { OpenedSecrets, openSecrets, secretObstacle } from '@hookline/webhook-call/request/open-secrets';
import { createDefinitionView, type DefinitionView } from './definition-view.ts';

const masterKey = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [old, next] = [masterKey('old'), masterKey('next')];
const both = parseKeyring(`${next},${old}`);

let topics: IsolatedTopics;
let publisher: Publisher;

beforeAll(async () => {
  const { definitions, accountKeys, accountSettings, deadLetter } = TOPICS;
  topics = await isolatedTopics([definitions, accountKeys, accountSettings, deadLetter]);
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  await publisher.start();
});

afterAll(async () => {
  await publisher.stop();
  await topics[Symbol.asyncDispose]();
});

async function publish(key: AccountKey): Promise<void> {
  const { accountId, dekId } = key;
  const value = encodeEvent('AccountKey', key);
  await publisher.publish({ topic: TOPICS.accountKeys, accountId, key: `${accountId}:${dekId}`, value });
}

/** Starts a view as a dispatcher does, and returns the result of `look`. */
async function inView<T>(look: (view: DefinitionView) => T | Promise<T>): Promise<T> {
  const { client } = topics;
  const registry = createSchemaRegistry({ client });
  const logger = createLogger('test', 'fatal');
  const deadLetters = new DeadLetters({ publisher, metrics: createMetrics('test'), logger, now: Date.now });
  const view = createDefinitionView({ client, registry, deadLetters, logger }, { cacheBytes: 1_048_576 });
  await registry.start();
  await view.start();
  try {
    return await look(view);
  } finally {
    await view.stop();
    await registry.stop();
  }
}

/** Builds a definition whose signing secret is sealed with the data key. */
function signedBy(accountKey: AccountKey): WebhookDefinition {
  const { accountId } = accountKey;
  const definition = aWebhookDefinition({ accountId });
  const binding = { accountId, actionId: definition.actionId, field: 'signing' } as const;
  const sealed = seal(both, accountKey, randomBytes(32), binding);
  return { ...definition, signing: { sealedSecrets: [sealed], graceUntil: null } };
}

/** Returns the reason why a dispatcher that starts now cannot open the secrets of a definition; null if it can. */
function obstacleOf(definition: WebhookDefinition): Promise<SealError | null> {
  return inView((view) => {
    const findAccountKey = (accountId: string, dekId: string) => view.accountKey(accountId, dekId);
    return secretObstacle(definition, { keyring: both, findAccountKey });
  });
}

describe('data keys in the view', () => {
  test('a signed definition waits for the data key of its signing secret', async () => {
    const accountKey = createDataKey(both, 'acct_1', Date.now());
    const definition = signedBy(accountKey);
    expect(await obstacleOf(definition)).toMatchObject({ code: 'unknown_data_key' });
    await publish(accountKey);
    expect(await obstacleOf(definition)).toBeNull();
  });

  test('a definition whose sealed bytes name no data key does not wait for a data key', async () => {
    const signing = { sealedSecrets: [Buffer.from('no sealed value')], graceUntil: null };
    expect(await obstacleOf(aWebhookDefinition({ signing }))).toBeNull();
    expect(await obstacleOf(aWebhookDefinition())).toBeNull();
  });

  test('the newer of two wrappings is used, so the old master key is not needed', async () => {
    const before = createDataKey(parseKeyring(old), 'acct_2', Date.now());
    const definition = signedBy(before);
    const openedWith = (masterKeys: string): Promise<unknown> =>
      inView((view) => {
        const findAccountKey = (accountId: string, dekId: string) => view.accountKey(accountId, dekId);
        const opening = { keyring: parseKeyring(masterKeys), findAccountKey, onFailure: () => undefined };
        return openSecrets(
          definition,
          { startedAt: Date.now(), origin: 'https://endpoint.invalid' },
          opening,
        );
      });
    await publish(before);
    expect(await openedWith(`${old},${next}`)).toBeInstanceOf(OpenedSecrets);
    await expect(openedWith(next)).rejects.toMatchObject({
      code: 'unknown_master_key',
      message: expect.stringContaining('master key old'),
    });
    await publish(rewrapDataKey(both, before));
    expect(await openedWith(`${old},${next}`)).toBeInstanceOf(OpenedSecrets);
    expect(await openedWith(next)).toBeInstanceOf(OpenedSecrets);
  });
});

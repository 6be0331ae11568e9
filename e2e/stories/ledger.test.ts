import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { groupName, topicName } from '@hookline/shared/kafka/client/kafka-client';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { startService } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * The ledger accounts for every execution and shows a lost one. The dispatcher runs in its own process and starts only
 * after a request was lost.
 */

const HOUR_MS = 3_600_000;

let story: Story;
let actionId: string;

beforeAll(async () => {
  story = await startStory({ without: ['dispatcher'] });
  actionId = await story.account.createAction({ url: `${story.receiver.url}/x`, method: 'POST' });
});

afterAll(() => story.stop());

/** Resolves when the ledger of the account shows the expected figures. */
function untilShown(wanted: Record<string, unknown>): Promise<Record<string, unknown>> {
  return story.account.shown('/api/v1/ledger', (ledger) => {
    return Object.entries(wanted).every(
      ([name, value]) => JSON.stringify(ledger[name]) === JSON.stringify(value),
    );
  });
}

/** Commits the offsets that a dispatcher commits once it has processed every request. */
async function hideRequests(): Promise<void> {
  const { client } = story.hookline.topics;
  const topic = topicName(client, TOPICS.requested);
  await withAdmin(client, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.setOffsets({
      groupId: groupName(client, 'dispatcher'),
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
  });
}

it('the ledger shows a skipped request as unaccounted until it is requested again', async () => {
  const { hookline, account } = story;
  const nothingWaits = { total: 0, by_reason: {} };
  const lost = await hookline.engine.request({ accountId: account.id, actionId });
  await untilShown({ requested: 1, in_hand: 1, unaccounted: 0 });

  await hideRequests();
  await untilShown({ requested: 1, in_hand: 0, unaccounted: 1 });
  const { unaccounted_executions: examples } = await account.shown('/api/v1/ledger', (ledger) =>
    JSON.stringify(ledger).includes(lost.executionId),
  );
  expect(examples).toMatchObject([{ execution_id: lost.executionId, topic: 'webhook.requested' }]);
  const all = await hookline.api.shown('/api/v1/ledger', () => true);
  expect(all).toMatchObject({ account_id: null, requested: 1, unaccounted: 1 });

  const dispatcher = await startService('dispatcher', story.hookline);
  await hookline.engine.request(lost);
  expect(await hookline.outcome(lost)).toMatchObject({ status: 'success' });
  await untilShown({ requested: 1, completed: 1, waiting: nothingWaits, in_hand: 0, unaccounted: 0 });

  await hookline.engine.request({ accountId: account.id, actionId, notBefore: Date.now() + HOUR_MS });
  await untilShown({ requested: 2, completed: 1, waiting: { total: 1, by_reason: { not_before: 1 } } });
  await dispatcher.stop();
});

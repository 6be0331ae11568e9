import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { callableOf } from '@hookline/webhook-form/model/callable-input';
import { inputOf } from '@hookline/webhook-form/model/form-input';
import { type ReadWebhook, stateOfStored } from '@hookline/webhook-form/model/stored-webhook';
import { previewRequest, type RequestPreview } from '@hookline/webhook-form/request/preview-request';
import { randomContexts, randomForms } from '@hookline/webhook-form/testing/random-forms';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { startStory, type Story } from '../support/story.ts';

/**
 * Definitions are entered in the form, saved, read back, previewed and executed. The preview contains the bytes that
 * arrive.
 */

const DEFINITIONS = 1_000;
/** Number of executions at the same time. */
const AT_ONCE = 20;

let story: Story;

beforeAll(async () => {
  story = await startStory();
});

afterAll(() => story.stop());

/** Saves the form's value, and returns the webhook as the API returns it. */
async function saved(input: object): Promise<ReadWebhook> {
  // `createAction` waits until the definition is on its topic; otherwise, with the short waits of a test, a request
  // might not find it.
  const id = await story.account.createAction({ ...input });
  const { body } = await story.account.send('GET', `/api/v1/workflows/workflow_1/actions/${id}/webhook`);
  return body as unknown as ReadWebhook;
}

/** Converts the received request to the format of a preview, without the headers that a call adds. */
function arrived({ method, url, rawHeaders, body }: ReceivedRequest, preview: RequestPreview): object {
  const shown = new Set(preview.kind === 'rendered' ? preview.headers.map(({ name }) => name) : []);
  return {
    method,
    url: story.receiver.url + url,
    // Node reads header bytes as Latin-1.
    headers: rawHeaders
      .filter(([name]) => shown.has(name))
      .map(([name, value]) => ({ name, value: Buffer.from(value, 'latin1').toString() })),
    body: body.length === 0 ? null : body.toString('base64'),
  };
}

function expected(preview: RequestPreview): object {
  if (preview.kind !== 'rendered')
    return { kind: preview.kind, reason: `Webhook request could not be built: ${preview.reason}` };
  const { method, url, headers, body } = preview;
  return { method, url, headers, body: body?.length ? Buffer.from(body).toString('base64') : null };
}

it(`${DEFINITIONS} random definitions: the preview of each stored webhook contains the bytes that arrive`, async () => {
  const random = fc.sample(fc.tuple(randomForms(story.receiver.url), randomContexts), DEFINITIONS);
  const counts = { rendered: 0, refused: 0, invalid: 0 };
  const one = async (webhook: ReadWebhook, context: string): Promise<void> => {
    const preview = previewRequest(callableOf(stateOfStored(webhook)), context);
    counts[preview.kind]++;
    const request = await story.hookline.engine.request({
      accountId: story.account.id,
      actionId: webhook.id,
      context,
    });
    const outcome = await story.hookline.outcome(request);
    const ofThis = (seen: ReceivedRequest): boolean => seen.header('webhook-id') === request.executionId;
    const [call] = story.receiver.seen.filter(ofThis);
    const actual = call ? arrived(call, preview) : { kind: 'refused', reason: outcome.errorMessage };
    expect(actual).toEqual(expected(preview));
  };
  for (let start = 0; start < random.length; start += AT_ONCE) {
    const webhooks: [ReadWebhook, string][] = [];
    for (const [form, context] of random.slice(start, start + AT_ONCE)) {
      // One at a time: the changes of an account wait for each other, and are refused if they wait for too long.
      webhooks.push([await saved(inputOf(form)), context]);
    }
    await Promise.all(webhooks.map(([webhook, context]) => one(webhook, context)));
  }
  expect(counts.invalid).toBe(0);
  expect(counts.rendered).toBeGreaterThan(DEFINITIONS / 2);
}, 1_200_000);

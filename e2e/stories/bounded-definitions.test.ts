import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'undici';
import { startStory, type Story } from '../support/story.ts';

/** A dispatcher's memory for definitions is bounded and shown by metrics, and calls still use complete definitions. */
let story: Story;

const MIB = 1_048_576;
const CACHE_BYTES = MIB;
const TEMPLATE_CHARS = 200_000;
const ACTIONS = 12;

beforeAll(async () => {
  story = await startStory({ env: { HOOKLINE_DEFINITION_CACHE_BYTES: String(CACHE_BYTES) } });
});

afterAll(() => story.stop());

/** Reads a gauge of the dispatcher; null if it does not exist. */
async function gauge(name: string): Promise<number | null> {
  const { body } = await httpRequest(`${story.hookline.operationsUrls.at(-1)}/metrics`);
  const value = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(await body.text())?.[1];
  return value === undefined ? null : Number(value);
}

/** Calls an action and returns the body that the endpoint received. */
async function bodyOfCall(actionId: string): Promise<string> {
  const { account, hookline, receiver } = story;
  const requested = await hookline.engine.request({ accountId: account.id, actionId });
  expect(await hookline.outcome(requested)).toMatchObject({ status: 'success' });
  const [received] = await receiver.requests(1, {
    where: (one) => one.header('webhook-id') === requested.executionId,
  });
  return received?.body.toString() ?? '';
}

describe('large definitions', () => {
  it('are kept compressed, used unchanged in calls, and counted by gauges', async () => {
    const { account, receiver } = story;
    const actions = new Map<string, string>();
    for (let i = 0; i < ACTIONS; i++) {
      const text = `${i} `.repeat(TEMPLATE_CHARS).slice(0, TEMPLATE_CHARS);
      const definition = { url: `${receiver.url}/${i}`, method: 'POST', payload_template: { text } };
      actions.set(await account.createAction(definition), JSON.stringify({ text }));
    }
    // Calls every action twice, so that each definition is read again after the others have evicted it.
    for (const round of [1, 2]) {
      for (const [actionId, body] of actions) {
        expect({ round, same: (await bodyOfCall(actionId)) === body }).toEqual({ round, same: true });
      }
    }
    expect(await gauge('hookline_definitions')).toBe(ACTIONS);
    const bytes = await gauge('hookline_definition_bytes');
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan((ACTIONS * TEMPLATE_CHARS) / 10);
    const cached = await gauge('hookline_definition_cache_bytes');
    expect(cached).toBeGreaterThan(0);
    expect(cached).toBeLessThanOrEqual(CACHE_BYTES);
  });
});

import { describe, expect, test } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { definitionWeight, HotDefinitions } from './hot-definitions.ts';

const MAX_BYTES = 1_048_576;

/** A definition that weighs about `bytes`. */
function weighing(bytes: number, accountId: string): WebhookDefinition {
  return aWebhookDefinition({ accountId, payloadTemplate: 'x'.repeat((bytes - 4_200) / 4) });
}

describe('definitions kept decoded', () => {
  test('stay within the bound; those used most recently are kept', () => {
    const hot = new HotDefinitions({ maxBytes: MAX_BYTES });
    const definitions = Array.from({ length: 40 }, (_, i) => weighing(MAX_BYTES / 20, `account_${i}`));
    for (const definition of definitions) {
      hot.keep(definition);
      hot.use(definitions[0]?.actionId ?? '');
      expect(hot.bytes).toBeLessThanOrEqual(MAX_BYTES);
    }
    const kept = definitions.filter(({ actionId }) => hot.use(actionId));
    expect(kept).toEqual([definitions[0], ...definitions.slice(-kept.length + 1)]);
    expect(kept.length).toBeGreaterThan(15);
  });

  test('are not pushed out when another account calls many large definitions in turn', () => {
    const hot = new HotDefinitions({ maxBytes: MAX_BYTES });
    const others = Array.from({ length: 10 }, (_, i) => weighing(MAX_BYTES / 20, `account_${i}`));
    others.forEach((definition) => hot.keep(definition));
    for (let i = 0; i < 100; i++) hot.keep(weighing(MAX_BYTES / 10, 'hostile'));
    expect(others.filter(({ actionId }) => hot.use(actionId))).toHaveLength(10);
  });

  test('may fill the whole bound if they belong to one account', () => {
    const hot = new HotDefinitions({ maxBytes: MAX_BYTES });
    const definitions = Array.from({ length: 15 }, () => weighing(MAX_BYTES / 20, 'account_1'));
    definitions.forEach((definition) => hot.keep(definition));
    expect(definitions.filter(({ actionId }) => hot.use(actionId))).toHaveLength(15);
  });

  test('do not include a definition that is heavier than the bound', () => {
    const hot = new HotDefinitions({ maxBytes: MAX_BYTES });
    hot.keep(weighing(2 * MAX_BYTES, 'account_1'));
    expect(hot.bytes).toBe(0);
  });

  test('no longer count towards the bound after they are dropped', () => {
    const hot = new HotDefinitions({ maxBytes: MAX_BYTES });
    const definition = weighing(10_000, 'account_1');
    hot.keep(definition);
    hot.keep(definition);
    expect(hot.bytes).toBe(definitionWeight(definition));
    hot.drop(definition.actionId);
    expect(hot.bytes).toBe(0);
    expect(hot.use(definition.actionId)).toBeUndefined();
  });

  test('are weighed with the compiled form of their expressions', () => {
    const mapped = { responseMapping: { 'workflow.x': `$${'.a'.repeat(500)}` } };
    expect(definitionWeight(aWebhookDefinition(mapped))).toBeGreaterThan(100_000);
  });
});

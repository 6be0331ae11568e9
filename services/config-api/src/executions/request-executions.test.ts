import { expect, test } from '@jest/globals';
import { createRequestExecutions } from './request-executions.ts';

const ACTION = '3f0d7a34-6f34-4a2e-9b4f-0f4f6f0c5f10';

test('hashing the items of a bulk request lets other requests run in between', async () => {
  let turns = 0;
  let turnsUntilClaims = 0;
  let counting: NodeJS.Immediate | undefined;
  const countTurns = (): void => {
    turns += 1;
    counting = setImmediate(countTurns);
  };
  const requestExecutions = createRequestExecutions(
    {
      actions: {
        workflowOf: async () => {
          counting = setImmediate(countTurns);
          return 'workflow_1';
        },
      },
      lookups: { workflowsOf: () => Promise.reject(new Error('not used')) },
      idempotencyKeys: {
        claimAll: async (_accountId, requests) => {
          turnsUntilClaims = turns;
          return new Map(requests.map(({ key }) => [key, { kind: 'first' }]));
        },
        notePublished: () => undefined,
      },
      publisher: { publish: async () => undefined },
    },
    { publishMs: 10_000 },
  );
  // Each of these items takes more than a tenth of the time after which hashing pauses, on any machine.
  const context = { a: Array.from({ length: 100_000 }, () => ({})) };
  const items = Array.from({ length: 20 }, (_, index) => ({
    value: { action_id: ACTION, context, idempotency_key: `key ${index}` },
    length: 300_000,
  }));
  const overQuota = (): never => {
    throw new Error('not used');
  };
  const { accepted } = await requestExecutions({ accountId: 'a', items, admitted: items.length, overQuota });
  clearImmediate(counting);
  expect(accepted).toBe(items.length);
  expect(turnsUntilClaims).toBeGreaterThan(0);
});

test.each([
  ['Kafka does not store the request of the first', 'first' as const, 503],
  ['the key belongs to another request', 'conflict' as const, 422],
])(
  'an item that repeats another item of the same bulk request is rejected like it if %s',
  async (_, kind, status) => {
    const published: string[] = [];
    const requestExecutions = createRequestExecutions(
      {
        actions: { workflowOf: async () => 'workflow_1' },
        lookups: { workflowsOf: () => Promise.reject(new Error('not used')) },
        idempotencyKeys: {
          claimAll: async (_accountId, requests) => new Map(requests.map(({ key }) => [key, { kind }])),
          notePublished: ({ key }) => void published.push(key),
        },
        publisher: { publish: () => new Promise(() => undefined) },
      },
      { publishMs: 10 },
    );
    const item = { value: { action_id: ACTION, context: {}, idempotency_key: 'key' }, length: 100 };
    const overQuota = (): never => {
      throw new Error('not used');
    };
    const order = { accountId: 'a', items: [item, item], admitted: 2, overQuota };
    expect(await requestExecutions(order)).toMatchObject({ accepted: 0, data: [{ status }, { status }] });
    expect(published).toEqual([]);
  },
);

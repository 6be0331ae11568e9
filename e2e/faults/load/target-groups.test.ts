import { expect, it } from '@jest/globals';
import { createRandom } from '../seeded-random.ts';
import { createTargetGroups, isOfGroup, selectTargets } from './target-groups.ts';

it('creates groups that share the accounts of their label, and selects parts of a load', () => {
  const targets = createTargetGroups({
    groups: [
      { label: 'mixed', accounts: 2, behaviour: 'fast', endpoints: 1 },
      {
        label: 'mixed',
        accounts: 2,
        behaviour: 'hanging',
        endpoints: 3,
        definition: { retryEnabled: false },
      },
      { label: 'other', accounts: 1, behaviour: 'fast', endpoints: 1 },
    ],
    address: '127.0.0.1:9',
    maxRetries: 5,
  });
  expect(targets.accountIds).toHaveLength(3);
  expect(new Set(targets.definitions.map(({ url }) => url)).size).toBe(9);

  const hanging = selectTargets(targets, ['hanging']);
  expect(hanging.definitions).toHaveLength(6);
  expect(hanging.definitions.every(({ retryEnabled }) => !retryEnabled)).toBe(true);
  const mixed = selectTargets(targets, ['fast'], ['mixed']);
  expect(mixed.definitions).toHaveLength(2);
  expect(isOfGroup(mixed.draw(createRandom(1)).accountId, 'mixed')).toBe(true);
  expect(selectTargets(targets, ['fast']).definitions).toHaveLength(3);
});

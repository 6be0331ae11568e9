import { expect, test } from '@jest/globals';
import { actionIdOf, isActionId } from './action-id.ts';

/** Ids computed with Python's `uuid.uuid5`. Workflow engines derive them too, so they must never change. */
test.each([
  ['acct_1', 'order-created', '17251d96-441c-5247-bb23-babc66b3540d'],
  ['acct_1', 'größe "x" / 日本', 'cf6a7e42-c122-51cd-8e6b-058c22fec284'],
  ['acct_2', 'order-created', '9e6f213e-c84f-5688-bbda-0b1bc815583f'],
])('in account %s, the external_id %s yields the action id %s', (accountId, externalId, actionId) => {
  expect(actionIdOf(accountId, externalId)).toBe(actionId);
});

test('a UUID is recognised as an id and returned in lower case, whatever the account', () => {
  const id = '6BA7B810-9DAD-41D1-80B4-00C04FD430C8';
  expect(actionIdOf('acct_1', id)).toBe(id.toLowerCase());
  expect([id, '00000000-0000-0000-0000-000000000000', '6ba7b810', 'order'].map(isActionId)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

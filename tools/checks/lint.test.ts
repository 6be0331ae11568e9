import { expect, it } from '@jest/globals';
import { complaintsOf } from './complaints.ts';

it('the linter has no complaint', async () => {
  expect(await complaintsOf('oxlint', '--type-aware', '--deny-warnings')).toBe('');
}, 300_000);

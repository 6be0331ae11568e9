import { expect, it } from '@jest/globals';
import { complaintsOf } from './complaints.ts';

it('oxlint reports no problem', async () => {
  expect(await complaintsOf('oxlint', '--type-aware', '--deny-warnings')).toBe('');
});

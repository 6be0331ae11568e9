import { expect, it } from '@jest/globals';
import { complaintsOf } from './complaints.ts';

it('tsc reports no type error', async () => {
  expect(await complaintsOf('tsc', '--noEmit', '-p', 'tsconfig.json')).toBe('');
}, 300_000);

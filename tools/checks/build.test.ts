import { expect, it } from '@jest/globals';
import { complaintsOf } from './complaints.ts';

it('every package builds', async () => {
  expect(await complaintsOf('turbo', 'run', 'build', '--output-logs=errors-only')).toBe('');
});

import { expect, it } from '@jest/globals';
import { complaintsOf } from './complaints.ts';

it('every file is formatted by prettier', async () => {
  expect(await complaintsOf('prettier', '--check', '.', '--log-level', 'warn')).toBe('');
});

import { expect, test } from '@jest/globals';
import { fromLocalField, toLocalField } from './local-field.ts';

test('a time is unchanged after conversion to the value of a field and back, in any zone', () => {
  const iso = '2026-07-10T23:30:15.000Z';
  expect(toLocalField(iso)).toMatch(/^2026-07-1\dT\d\d:\d\d:15$/);
  expect(fromLocalField(toLocalField(iso))).toBe(iso);
});

test('an empty field has no time, and text that is not a time stays in the field', () => {
  expect(toLocalField(undefined)).toBe('');
  expect(toLocalField('yesterday')).toBe('yesterday');
  for (const value of ['', null, 'yesterday']) expect(fromLocalField(value)).toBeNull();
});

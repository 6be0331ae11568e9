import { describe, expect, it } from '@jest/globals';
import { readingsOf } from './readings.ts';

const SIZE = 64 * 1_024;

function readBytes(text: string): number {
  let bytes = 0;
  for (const { reading } of readingsOf(text, 8)) bytes += reading.bytes.length;
  return bytes;
}

describe('readingsOf', () => {
  it.each([
    ['base64 in all phases', 'V'.repeat(SIZE)],
    ['hexadecimal of hexadecimal', '33343334'.repeat(SIZE / 8)],
    ['digits that are also bytes of a list', '51,52,'.repeat(SIZE / 6)],
    ['backslashes', '\\'.repeat(SIZE)],
    ['base64 in all phases, escaped in layers', '\\'.repeat(16) + 'V'.repeat(SIZE)],
    ['escapes of escapes of digits', '\\\\\\\\u003534'.repeat(SIZE / 12)],
    ['base64 of hexadecimal', Buffer.from('3536'.repeat(SIZE / 6)).toString('base64')],
  ])('reads at most 32 times the bytes of a text: %s', (_, text) => {
    expect(readBytes(text)).toBeLessThanOrEqual(32 * (text.length + 8));
  });

  it('reads ordinary text once', () => {
    expect([...readingsOf('{"status":"accepted","lines":[1,2]}', 8)]).toHaveLength(1);
  });
});
